# What the translation skill itself says.
translation-what = What shall I translate into { $name }? Send me the text.
translation-what-at-all = What shall I translate? Send me the text, or reply to a message with `/translate fr`.
translation-already = This is in { $name } already:
translation-failed = I could not translate this part, so it stands as it was: { $parts }
translation-unsure = I am not sure that this is { $name }: the model may not know that language.
