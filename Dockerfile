# syntax=docker/dockerfile:1
# Two targets: `cpu` (the default) and `cuda`. The bundled model's weights are inside, so that the container answers
# with no download:
#   docker build -t botframework .
#   docker build -t botframework:cuda --target cuda .
# torch comes from the package index as a CUDA build; for a small CPU image name PyTorch's own CPU index:
#   docker build --build-arg TORCH_INDEX=URL -t botframework .

FROM python:3.11-slim-bookworm AS source
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY deploy/install.sh deploy/install.sh
COPY botframework botframework
COPY adapters adapters
COPY skills skills
COPY models models
COPY config/eval config/eval
COPY tests/data/newcomer_questions.yaml tests/data/newcomer_questions.yaml
ENV EXTRAS=console,telegram,slack,local,memory,openai,documents

FROM source AS build-cpu
ARG TORCH_INDEX=
RUN PIP_EXTRA_INDEX_URL="${TORCH_INDEX}" deploy/install.sh /opt/botframework "${EXTRAS}"

FROM source AS build-cuda
RUN deploy/install.sh /opt/botframework "${EXTRAS}"

FROM python:3.11-slim-bookworm AS base
RUN mkdir -p /data /etc/botframework && chown 10001:10001 /data
COPY config /etc/botframework
ENV PATH=/opt/botframework/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    BOTFRAMEWORK__DATA=/data \
    BOTFRAMEWORK__HTTP__HOST=0.0.0.0
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["botframework"]
CMD ["serve", "--config", "/etc/botframework/telegram.yaml"]

FROM base AS cuda
COPY --from=build-cuda /opt/botframework /opt/botframework

FROM base AS cpu
COPY --from=build-cpu /opt/botframework /opt/botframework
