# 总结技能自己说的话。
summary-what = 要总结什么？请发一段文字或一个文档，或者用 `/summarise` 回复一条消息。
summary-part = 第 { $number } 部分，共 { $count } 部分
summary-reading = 正在读取 { $name }
summary-kind = 我读不了 { $name }：我能读 { $kinds } 文件。
summary-large = { $name } 太大了：最多 { $limit } MB。
summary-gone = 没能从这个频道取到 { $name }，请再发一次。
