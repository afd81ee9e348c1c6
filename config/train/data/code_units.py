"""Tasks that convert one unit to another, both ways from one table; knows nothing but factors."""

from __future__ import annotations

from collections.abc import Iterator

from code_tasks import Task, variant

# larger unit, smaller unit, Chinese names of both, how many of the smaller make one of the larger
FACTORS = (
    ("kilometers", "meters", "公里", "米", 1000),
    ("meters", "centimeters", "米", "厘米", 100),
    ("centimeters", "millimeters", "厘米", "毫米", 10),
    ("kilograms", "grams", "公斤", "克", 1000),
    ("tons", "kilograms", "吨", "公斤", 1000),
    ("liters", "milliliters", "升", "毫升", 1000),
    ("miles", "kilometers", "英里", "公里", 1.609344),
    ("kilograms", "pounds", "公斤", "磅", 2.20462),
    ("inches", "centimeters", "英寸", "厘米", 2.54),
    ("feet", "inches", "英尺", "英寸", 12),
    ("meters", "feet", "米", "英尺", 3.28084),
    ("yards", "feet", "码", "英尺", 3),
    ("gallons", "liters", "加仑", "升", 3.78541),
    ("ounces", "grams", "盎司", "克", 28.3495),
    ("hours", "minutes", "小时", "分钟", 60),
    ("minutes", "seconds", "分钟", "秒", 60),
    ("hours", "seconds", "小时", "秒", 3600),
    ("days", "hours", "天", "小时", 24),
    ("days", "minutes", "天", "分钟", 1440),
    ("weeks", "days", "周", "天", 7),
    ("years", "months", "年", "月", 12),
    ("seconds", "milliseconds", "秒", "毫秒", 1000),
    ("hectares", "square_meters", "公顷", "平方米", 10000),
    ("kilobytes", "bytes", "KB", "字节", 1024),
    ("megabytes", "kilobytes", "MB", "KB", 1024),
    ("gigabytes", "megabytes", "GB", "MB", 1024),
    ("dollars", "cents", "美元", "美分", 100),
    ("yuan", "fen", "元", "分", 100),
    ("dozens", "pieces", "打", "个", 12),
    ("jin", "grams", "斤", "克", 500),
    ("kilograms", "jin", "公斤", "斤", 2),
    ("kcal", "joules", "千卡", "焦耳", 4184),
)
# scale, other scale, Chinese names of both, expression, and what 100 of the first is
SCALES = (
    ("celsius", "fahrenheit", "摄氏度", "华氏度", "celsius * 9 / 5 + 32", 212),
    ("fahrenheit", "celsius", "华氏度", "摄氏度", "(fahrenheit - 32) * 5 / 9", 37.78),
    ("celsius", "kelvin", "摄氏度", "开尔文", "celsius + 273.15", 373.15),
    ("kelvin", "celsius", "开尔文", "摄氏度", "kelvin - 273.15", -173.15),
    ("kmh", "ms", "公里每小时", "米每秒", "kmh / 3.6", 27.78),
    ("ms", "kmh", "米每秒", "公里每小时", "ms * 3.6", 360),
)
NAMES = {"kmh": "km/h", "ms": "m/s", "celsius": "Celsius", "fahrenheit": "Fahrenheit", "kelvin": "kelvin"}


def unit_tasks() -> Iterator[Task]:
    """Yield a task for each direction of each conversion."""
    for large, small, large_zh, small_zh, factor in FACTORS:
        yield _conversion(large, small, large_zh, small_zh, expression=f"{large} * {factor}", of_hundred=100 * factor)
        yield _conversion(small, large, small_zh, large_zh, expression=f"{small} / {factor}", of_hundred=100 / factor)
    for source, target, source_zh, target_zh, expression, of_hundred in SCALES:
        yield _conversion(source, target, source_zh, target_zh, expression=expression, of_hundred=of_hundred)


def _conversion(
    source: str, target: str, source_zh: str, target_zh: str, *, expression: str, of_hundred: float
) -> Task:
    said, other = (NAMES.get(name, name.replace("_", " ")) for name in (source, target))
    name = f"{source}_to_{target}"
    return variant(
        f"convert {said} to {other} | turn {said} into {other} | change {said} to {other}",
        f"把{source_zh}换算成{target_zh} | {source_zh}转{target_zh}",
        f"Return the value in {other}. | 返回{target_zh}的数值。",
        f"def {name}({source}: float) -> float:\n    return {expression}",
        f"round({name}(100), 2) == {round(of_hundred, 2)}",
    )
