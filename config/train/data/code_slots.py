"""Tasks with one slot: a number in a formula, a separator, a weekday, a date format, a file ending, a slice."""

from __future__ import annotations

from collections.abc import Iterator

from code_tasks import Task, variant

SEPARATORS = (
    ("comma", "commas", "逗号", ","),
    ("dash", "dashes", "短横线", "-"),
    ("semicolon", "semicolons", "分号", ";"),
    ("slash", "slashes", "斜杠", "/"),
    ("underscore", "underscores", "下划线", "_"),
    ("colon", "colons", "冒号", ":"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DATE_FORMATS = (
    ("DD/MM/YYYY", "日/月/年", "%d/%m/%Y", "09/05/2024"),
    ("DD.MM.YYYY", "日.月.年", "%d.%m.%Y", "09.05.2024"),
    ("MM/DD/YYYY", "月/日/年", "%m/%d/%Y", "05/09/2024"),
    ("YYYY/MM/DD", "年/月/日", "%Y/%m/%d", "2024/05/09"),
    ("YYYY-MM-DD", "年-月-日", "%Y-%m-%d", "2024-05-09"),
)
ENDINGS = (("text", "文本", ".txt"), ("CSV", "CSV ", ".csv"), ("Python", "Python ", ".py"), ("PDF", "PDF ", ".pdf"))
GREETINGS = (("goodbye", "告别", "Goodbye"), ("welcome", "欢迎", "Welcome"), ("good night", "晚安", "Good night"))


def slot_tasks() -> Iterator[Task]:
    """Yield the tasks of every family of this file."""
    yield from _maps()
    yield from _multiples()
    yield from _separators()
    yield from _slices()
    yield from _limits()
    yield from _dates()
    yield from _files()
    yield from _greetings()


def _maps() -> Iterator[Task]:
    for k in (2, 3, 5, 10, 100):
        for name, en, zh, sign, value in (
            ("multiply", f"multiply every number in a list by {k}", f"把列表中的每个数乘以 {k}", "*", 20 * k),
            ("divide", f"divide every number in a list by {k}", f"把列表中的每个数除以 {k}", "/", 20 / k),
            ("add", f"add {k} to every number in a list", f"给列表中的每个数加 {k}", "+", 20 + k),
            ("subtract", f"subtract {k} from every number in a list", f"把列表中的每个数减去 {k}", "-", 20 - k),
        ):
            yield variant(
                f"{en} | {en.replace('every number in', 'all numbers of')}",
                f"{zh} | {zh.replace('列表中的', '')}",
                f"Return each number {sign} {k}. | 返回每个数 {sign} {k} 的列表。",
                f"def {name}_{k}(numbers: list[float]) -> list[float]:\n    return [n {sign} {k} for n in numbers]",
                f"{name}_{k}([20]) == [{value}]",
            )
    for name, what, what_zh, code, value in (
        ("square_all", "square", "平方", "n ** 2", 9),
        ("cube_all", "cube", "立方", "n ** 3", -27),
        ("negate_all", "negative", "相反数", "-n", 3),
        ("absolute_all", "absolute value", "绝对值", "abs(n)", 3),
        ("digits_all", "number of digits", "位数", "len(str(abs(n)))", 1),
    ):
        yield variant(
            f"~the {what} of every number in a list | list the {what} of each number",
            f"求列表中每个数的{what_zh} | 返回每个数的{what_zh}",
            f"Return the {what} of each number. | 返回每个数的{what_zh}。",
            f"def {name}(numbers: list[int]) -> list[int]:\n    return [{code} for n in numbers]",
            f"{name}([-3]) == [{value}]",
        )


def _multiples() -> Iterator[Task]:
    for k in (3, 4, 5, 6, 7, 9, 10):
        yield variant(
            f"check if a number is divisible by {k} | tell whether n is a multiple of {k}",
            f"判断一个数能否被 {k} 整除 | 检查 n 是不是 {k} 的倍数",
            f"Return True if n is divisible by {k}. | 如果 n 能被 {k} 整除则返回 True。",
            f"def divisible_by_{k}(n: int) -> bool:\n    return n % {k} == 0",
            f"divisible_by_{k}({2 * k}) and not divisible_by_{k}({2 * k + 1})",
        )
        yield variant(
            f"list the multiples of {k} up to n | ~all numbers up to n that are divisible by {k}",
            f"列出 n 以内 {k} 的倍数 | 返回不超过 n 的 {k} 的倍数",
            f"Return the multiples of {k} up to n. | 返回 n 以内 {k} 的倍数。",
            f"def multiples_of_{k}(n: int) -> list[int]:\n    return list(range({k}, n + 1, {k}))",
            f"multiples_of_{k}({2 * k}) == [{k}, {2 * k}]",
        )
        yield variant(
            f"sum the multiples of {k} up to n | ~the sum of all numbers up to n divisible by {k}",
            f"求 n 以内 {k} 的倍数之和 | 把不超过 n 的 {k} 的倍数加起来",
            f"Return the sum of the multiples of {k} up to n. | 返回 n 以内 {k} 的倍数之和。",
            f"def sum_multiples_of_{k}(n: int) -> int:\n    return sum(range({k}, n + 1, {k}))",
            f"sum_multiples_of_{k}({2 * k}) == {3 * k}",
        )


def _separators() -> Iterator[Task]:
    for one, many, zh, sign in SEPARATORS:
        yield variant(
            f"join words with {many} | put {many} between the words of a list",
            f"用{zh}连接单词列表 | 在单词之间加{zh}",
            f"Return the words joined with {many}. | 返回用{zh}连接的单词。",
            f'def join_with_{one}(words: list[str]) -> str:\n    return "{sign}".join(words)',
            f'join_with_{one}(["a", "b"]) == "a{sign}b"',
        )
        yield variant(
            f"split a text at {many} | cut a string at every {one}",
            f"按{zh}分割文本 | 用{zh}拆分字符串",
            f"Return the parts between the {many}. | 返回按{zh}拆分的各部分。",
            f'def split_at_{one}(text: str) -> list[str]:\n    return text.split("{sign}")',
            f'split_at_{one}("a{sign}b") == ["a", "b"]',
        )
        yield variant(
            f"replace spaces with {many} | turn every space of a text into a {one}",
            f"把空格换成{zh} | 将文本中的空格替换成{zh}",
            f"Return the text with {many} for spaces. | 返回把空格换成{zh}的文本。",
            f'def spaces_to_{one}(text: str) -> str:\n    return text.replace(" ", "{sign}")',
            f'spaces_to_{one}("a b") == "a{sign}b"',
        )
        yield variant(
            f"remove all {many} from a text | delete every {one} in a string",
            f"删除文本中的{zh} | 去掉字符串里的{zh}",
            f"Return the text without {many}. | 返回没有{zh}的文本。",
            f'def remove_{one}(text: str) -> str:\n    return text.replace("{sign}", "")',
            f'remove_{one}("a{sign}b") == "ab"',
        )
        yield variant(
            f"count the {many} in a text | find how many {many} a string has",
            f"统计文本中{zh}的个数 | 数字符串里有几个{zh}",
            f"Return how many {many} the text has. | 返回{zh}的个数。",
            f'def count_{one}(text: str) -> int:\n    return text.count("{sign}")',
            f'count_{one}("a{sign}b{sign}") == 2',
        )


def _slices() -> Iterator[Task]:
    for k, zh_k in ((2, "两"), (3, "三"), (5, "五")):
        for word, code, zh, doc, values in (
            ("first", f"[:{k}]", f"前{zh_k}个", "the first", list(range(k))),
            ("last", f"[-{k}:]", f"后{zh_k}个", "the last", list(range(7 - k, 7))),
            ("without_first", f"[{k}:]", f"除前{zh_k}个外的", "all but the first", list(range(k, 7))),
            ("without_last", f"[:-{k}]", f"除后{zh_k}个外的", "all but the last", list(range(7 - k))),
        ):
            yield variant(
                f"~{doc} {k} items of a list | take {doc} {k} elements of a list",
                f"返回列表{zh}元素 | 取列表{zh}元素",
                f"Return {doc} {k} items. | 返回{zh}元素。",
                f"def {word}_{k}(items: list) -> list:\n    return items{code}",
                f"{word}_{k}(list(range(7))) == {values}",
            )
            yield variant(
                f"~{doc} {k} characters of a string | take {doc} {k} letters of a word",
                f"返回字符串{zh}字符 | 取文本{zh}字符",
                f"Return {doc} {k} characters. | 返回{zh}字符。",
                f"def {word}_{k}_chars(text: str) -> str:\n    return text{code}",
                f'{word}_{k}_chars("0123456") == "{"".join(map(str, values))}"',
            )


def _limits() -> Iterator[Task]:
    for k in (5, 10, 20, 100):
        for word, zh, sign, yes, no in (
            ("longer", "超过", ">", k + 1, k),
            ("shorter", "少于", "<", k - 1, k),
        ):
            yield variant(
                f"check if a text is {word} than {k} characters | tell whether a string is {word} than {k}",
                f"判断文本是否{zh} {k} 个字符 | 检查字符串长度是否{zh} {k}",
                f"Return True if the text is {word} than {k} characters. | 如果文本{zh} {k} 个字符则返回 True。",
                f"def {word}_than_{k}(text: str) -> bool:\n    return len(text) {sign} {k}",
                f'{word}_than_{k}("a" * {yes}) and not {word}_than_{k}("a" * {no})',
            )
        yield variant(
            f"check if a number is greater than {k} | tell whether n is above {k}",
            f"判断一个数是否大于 {k} | 检查 n 是不是比 {k} 大",
            f"Return True if n is greater than {k}. | 如果 n 大于 {k} 则返回 True。",
            f"def above_{k}(n: float) -> bool:\n    return n > {k}",
            f"above_{k}({k + 1}) and not above_{k}({k})",
        )
        yield variant(
            f"~a random number from 1 to {k} | pick a random integer between 1 and {k}",
            f"返回 1 到 {k} 的随机整数 | 随机产生一个 1 到 {k} 的数",
            f"Return a random number from 1 to {k}. | 返回 1 到 {k} 的随机数。",
            f"import random\n\n\ndef random_to_{k}() -> int:\n    return random.randint(1, {k})",
            f"1 <= random_to_{k}() <= {k}",
        )


def _dates() -> Iterator[Task]:
    for number, name in enumerate(WEEKDAYS):
        zh = "星期" + "一二三四五六日"[number]
        yield variant(
            f"check if a date is a {name} | tell whether a day falls on a {name}",
            f"判断某个日期是不是{zh} | 检查某天是否为{zh}",
            f"Return True if the day is a {name}. | 如果是{zh}则返回 True。",
            "from datetime import date\n\n\n"
            f"def is_{name.lower()}(day: date) -> bool:\n    return day.weekday() == {number}",
            f"is_{name.lower()}(date(2024, 1, {number + 1})) and not is_{name.lower()}(date(2024, 1, {number + 2}))",
        )
    for form, zh, code, text in DATE_FORMATS:
        name = form.lower().translate({ord(sign): "_" for sign in "/.-"})
        yield variant(
            f"format a date as {form} | write a date in the form {form}",
            f"把日期写成“{zh}”的格式 | 按 {form} 格式化日期",
            f"Return the day as {form}. | 返回 {form} 格式的日期。",
            f'from datetime import date\n\n\ndef format_{name}(day: date) -> str:\n    return day.strftime("{code}")',
            f'format_{name}(date(2024, 5, 9)) == "{text}"',
        )
        yield variant(
            f"read a date in the form {form} | turn a text like {text} into a date",
            f"解析“{zh}”格式的日期 | 把 {text} 这样的文本变成日期",
            f"Return the date written as {form}. | 返回 {form} 格式文本表示的日期。",
            "from datetime import date, datetime\n\n\n"
            f'def parse_{name}(text: str) -> date:\n    return datetime.strptime(text, "{code}").date()',
            f'parse_{name}("{text}") == date(2024, 5, 9)',
        )
    for k in (2, 3, 10):
        yield variant(
            f"~the date {k} weeks later | add {k} weeks to a date",
            f"求 {k} 周之后的日期 | 给日期加 {k} 周",
            f"Return the date {k} weeks later. | 返回 {k} 周之后的日期。",
            "from datetime import date, timedelta\n\n\n"
            f"def in_{k}_weeks(day: date) -> date:\n    return day + timedelta(weeks={k})",
            f"(in_{k}_weeks(date(2024, 1, 1)) - date(2024, 1, 1)).days == {7 * k}",
        )


def _files() -> Iterator[Task]:
    for kind, zh, ending in ENDINGS:
        name = kind.lower()
        yield variant(
            f"list the {kind} files in a folder | find all files that end with {ending} in a folder",
            f"列出文件夹中的{zh}文件 | 找出目录下所有 {ending} 文件",
            f"Return the names of the {ending} files. | 返回 {ending} 文件的名称。",
            "from pathlib import Path\n\n\n"
            f"def {name}_files(folder: str) -> list[str]:\n"
            f'    return sorted(path.name for path in Path(folder).glob("*{ending}"))',
            f'{name}_files("no such folder") == []',
        )
        yield variant(
            f"check if a file name ends with {ending} | tell whether a file is a {kind} file",
            f"判断文件名是否以 {ending} 结尾 | 检查文件是不是{zh}文件",
            f"Return True if the name ends with {ending}. | 如果文件名以 {ending} 结尾则返回 True。",
            f'def is_{name}_file(name: str) -> bool:\n    return name.lower().endswith("{ending}")',
            f'is_{name}_file("a{ending}") and not is_{name}_file("a.x")',
        )


def _greetings() -> Iterator[Task]:
    for words, zh, text in GREETINGS:
        name = words.replace(" ", "_")
        yield variant(
            f'say {words} to a person | return "{text}, Ann!" for a name',
            f'按名字{zh} | 根据名字返回 "{text}, 名字!"',
            f'Return "{text}" with the name. | 返回带名字的 "{text}"。',
            f'def say_{name}(name: str) -> str:\n    return f"{text}, {{name}}!"',
            f'say_{name}("Ann") == "{text}, Ann!"',
        )
