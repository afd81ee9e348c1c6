#!/bin/sh
# Install the project into a virtual environment: the one way it is installed, by make, by the image and in the tests.
#
#   deploy/install.sh VENV EXTRAS [--editable]
#
# VENV is created when it is missing; EXTRAS is a comma-separated list from pyproject.toml. PYTHON names the
# interpreter. Everything is printed on standard error, so that a caller's standard output stays its own.
set -eu
venv=$1
extras=$2
editable=${3:-}
here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}

"$python" - >&2 <<'CHECK'
import sys
if sys.version_info < (3, 11):
    sys.exit(f"botframework needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}")
CHECK
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" >&2
pip="$venv/bin/python -m pip --disable-pip-version-check --no-input"
torch=$(grep '^torch==' "$here/constraints.txt")
case ",$extras," in
*,local,* | *,all,* | *,dev,* | *,train,* | *,eval,*)
    # First and by its exact version: an open range would bring a build with gigabytes of CUDA libraries.
    echo "installing $torch" >&2
    $pip install --quiet -c "$here/constraints.txt" "$torch" >&2
    ;;
esac
echo "installing botframework[$extras]" >&2
$pip install --quiet -c "$here/constraints.txt" ${editable:+-e} "$here[$extras]" >&2
