# What the translation skill itself says.
translation-what = What shall I translate into { $name }? Send me the text.
translation-what-at-all = What shall I translate? Send me the text, or reply to a message with `/translate fr`.
translation-already = This is in { $name } already:
translation-failed = I could not translate this part, so it stands as it was: { $parts }
translation-unsure = I am not sure that this is { $name }: the model may not know that language.
autotranslate-on = From now on I translate every message here into { $name }, and what is in { $name } already into { $other }. `/autotranslate off` ends it.
autotranslate-is-on = Auto-translation is on here: every message into { $name }, and from { $name } into { $other }. `/autotranslate off` ends it.
autotranslate-is-off = Auto-translation is off here. `/autotranslate fr` translates every message into French, `/autotranslate en zh` works both ways.
autotranslate-ended = I no longer translate what is written here. `/autotranslate` says how to go on.
autotranslate-unknown = “{ $word }” is no language that I know here. Write `/autotranslate fr`, `/autotranslate en zh` for both ways, or `/autotranslate off`.
