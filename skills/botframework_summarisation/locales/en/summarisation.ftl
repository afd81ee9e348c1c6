# What the summarisation skill itself says.
summary-what = What shall I summarise? Send me a text or a document, or reply to a message with `/summarise`.
summary-part = part { $number } of { $count }
summary-reading = reading { $name }
summary-kind = I cannot read { $name }: I read { $kinds } files.
summary-large = { $name } is too large for me: I read at most { $limit } MB.
summary-gone = I could not get { $name } from this channel. Please send it again.
