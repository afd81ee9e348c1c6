"""Tasks on lists of dictionaries: sort, total, group and filter by the field that the request names."""

from __future__ import annotations

from collections.abc import Iterator

from code_tasks import Task, variant

# one, many, Chinese, number field, its Chinese name, text field, its Chinese name
KINDS = (
    ("product", "products", "商品", "price", "价格", "category", "类别"),
    ("student", "students", "学生", "score", "分数", "grade", "年级"),
    ("person", "people", "人", "age", "年龄", "city", "城市"),
    ("order", "orders", "订单", "amount", "金额", "customer", "客户"),
    ("employee", "employees", "员工", "salary", "工资", "department", "部门"),
    ("book", "books", "图书", "year", "年份", "author", "作者"),
    ("movie", "movies", "电影", "rating", "评分", "genre", "类型"),
)


def record_tasks() -> Iterator[Task]:
    """Yield the tasks of every kind of record."""
    for kind in KINDS:
        yield from _ordering(*kind[:5])
        yield from _totals(*kind[:5])
        yield from _groups(*kind[:3], *kind[5:])


def _ordering(one: str, many: str, zh: str, field: str, field_zh: str) -> Iterator[Task]:
    args, sample = f"{many}: list[dict]", f'[{{"{field}": 2}}, {{"{field}": 1}}, {{"{field}": 3}}]'
    key = f'key=lambda {one}: {one}["{field}"]'
    yield variant(
        f"sort {many} by {field} | order a list of {many} by their {field}",
        f"按{field_zh}给{zh}排序 | 把{zh}按{field_zh}从低到高排列",
        f"Return the {many} sorted by {field}. | 返回按{field_zh}排序的{zh}。",
        f"def sort_by_{field}({args}) -> list[dict]:\n    return sorted({many}, {key})",
        f'[r["{field}"] for r in sort_by_{field}({sample})] == [1, 2, 3]',
    )
    yield variant(
        f"sort {many} by {field} with the highest first | order {many} by {field} in descending order",
        f"按{field_zh}从高到低给{zh}排序 | 将{zh}按{field_zh}降序排列",
        f"Return the {many} sorted by {field}, highest first. | 返回按{field_zh}从高到低排序的{zh}。",
        f"def sort_by_{field}_down({args}) -> list[dict]:\n    return sorted({many}, {key}, reverse=True)",
        f'[r["{field}"] for r in sort_by_{field}_down({sample})] == [3, 2, 1]',
    )
    for word, word_zh, function, value in (("highest", "最高", "max", 3), ("lowest", "最低", "min", 1)):
        yield variant(
            f"~the {one} with the {word} {field} | find the {one} that has the {word} {field}",
            f"找出{field_zh}{word_zh}的{zh} | ~{field_zh}{word_zh}的{zh}",
            f"Return the {one} with the {word} {field}. | 返回{field_zh}{word_zh}的{zh}。",
            f"def {word}_{field}({args}) -> dict:\n    return {function}({many}, {key})",
            f'{word}_{field}({sample})["{field}"] == {value}',
        )
    for word, word_zh, sign, found in (("above", "高于", ">", [3]), ("below", "低于", "<", [1])):
        yield variant(
            f"keep the {many} with a {field} {word} a limit | filter {many} whose {field} is {word} a limit",
            f"找出{field_zh}{word_zh}某个值的{zh} | 筛选{field_zh}{word_zh}限额的{zh}",
            f"Return the {many} with a {field} {word} the limit. | 返回{field_zh}{word_zh}限额的{zh}。",
            f"def {field}_{word}({args}, limit: float) -> list[dict]:\n"
            f'    return [{one} for {one} in {many} if {one}["{field}"] {sign} limit]',
            f'[r["{field}"] for r in {field}_{word}({sample}, 2)] == {found}',
        )


def _totals(one: str, many: str, zh: str, field: str, field_zh: str) -> Iterator[Task]:
    args, sample = f"{many}: list[dict]", f'[{{"{field}": 2}}, {{"{field}": 4}}]'
    values = f'{one}["{field}"] for {one} in {many}'
    yield variant(
        f"~the total {field} of all {many} | sum the {field} of a list of {many}",
        f"求所有{zh}的{field_zh}总和 | 把各{zh}的{field_zh}加起来",
        f"Return the total {field} of the {many}. | 返回{zh}的{field_zh}总和。",
        f"def total_{field}({args}) -> float:\n    return sum({values})",
        f"total_{field}({sample}) == 6",
    )
    yield variant(
        f"~the average {field} of all {many} | compute the mean {field} of a list of {many}",
        f"求所有{zh}的平均{field_zh} | 计算{zh}的{field_zh}平均值",
        f"Return the average {field} of the {many}. | 返回{zh}的平均{field_zh}。",
        f"def average_{field}({args}) -> float:\n    return sum({values}) / len({many})",
        f"average_{field}({sample}) == 3",
    )
    yield variant(
        f"list the {field} of every {one} | collect the {field} values of all {many}",
        f"列出每个{zh}的{field_zh} | 取出所有{zh}的{field_zh}",
        f"Return the {field} of each {one}. | 返回每个{zh}的{field_zh}。",
        f"def list_{field}({args}) -> list:\n    return [{values}]",
        f"list_{field}({sample}) == [2, 4]",
    )


def _groups(one: str, many: str, zh: str, field: str, field_zh: str) -> Iterator[Task]:
    args, sample = f"{many}: list[dict]", f'[{{"{field}": "a"}}, {{"{field}": "b"}}, {{"{field}": "a"}}]'
    yield variant(
        f"group {many} by {field} | put {many} with the same {field} together",
        f"按{field_zh}给{zh}分组 | 把{field_zh}相同的{zh}放在一起",
        f"Return the {many} grouped by {field}. | 返回按{field_zh}分组的{zh}。",
        f"def group_by_{field}({args}) -> dict[str, list[dict]]:\n"
        f"    groups: dict[str, list[dict]] = {{}}\n"
        f"    for {one} in {many}:\n"
        f'        groups.setdefault({one}["{field}"], []).append({one})\n'
        f"    return groups",
        f'len(group_by_{field}({sample})["a"]) == 2',
    )
    yield variant(
        f"count the {many} for each {field} | find how many {many} each {field} has",
        f"统计每个{field_zh}的{zh}数 | 数一数各{field_zh}有多少个{zh}",
        f"Return how many {many} each {field} has. | 返回每个{field_zh}的{zh}数。",
        f"def count_by_{field}({args}) -> dict[str, int]:\n"
        f"    counts: dict[str, int] = {{}}\n"
        f"    for {one} in {many}:\n"
        f'        counts[{one}["{field}"]] = counts.get({one}["{field}"], 0) + 1\n'
        f"    return counts",
        f'count_by_{field}({sample}) == {{"a": 2, "b": 1}}',
    )
    yield variant(
        f"find the {many} with a given {field} | keep the {many} whose {field} matches",
        f"根据{field_zh}查找{zh} | 找出{field_zh}等于某个值的{zh}",
        f"Return the {many} with this {field}. | 返回该{field_zh}的{zh}。",
        f"def find_by_{field}({args}, {field}: str) -> list[dict]:\n"
        f'    return [{one} for {one} in {many} if {one}["{field}"] == {field}]',
        f'len(find_by_{field}({sample}, "a")) == 2',
    )
