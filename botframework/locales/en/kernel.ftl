# What the bot itself says.
apology = Sorry, something went wrong on my side. If you tell the operator about it, give this reference: `{ $reference }`.
timeout = Sorry, this took too long and I gave it up. Reference: `{ $reference }`.
cannot-show = Sorry, this channel would not take my answer.
no-answer = I have no answer to that.
model-busy = I am answering too many people right now. Please try again in a minute.
too-long = That is too long for me to read at once. Please send a shorter piece.
usage = { $message }

    Like this: `{ $usage }`
unknown-command = I do not know /{ $name }. /help shows what I can do.
unknown-command-near = I do not know /{ $name }. Did you mean /{ $closest }? /help shows what I can do.
in-line = You are { NUMBER($position) ->
    [1] next
    [2] second
    [3] third
   *[other] number { $position }
 } in line.
in-line-seconds = You are { NUMBER($position) ->
    [1] next
    [2] second
    [3] third
   *[other] number { $position }
 } in line, about { $seconds } s.
stopped-mark = ⏹ *stopped*
stopped = Stopped.
nothing-to-stop = Nothing is running here.
feedback-thanks = Thank you for telling me.

refused-access = I am not allowed to talk with you here. The operator can let you in; your id is `{ $person }`.
refused-rate = That was a lot at once. Please write again in { $seconds } s.
refused-tokens = You have used your share of the model for today. It begins anew at midnight UTC.

help-head = I answer what you write. I can also do this:
help-commands = And always:
help-more = Tell me what I should remember (*remember that my cat is called Miu*), and ask *what do you know about me?* to see it. /help shows all commands.
help-aliases = Also: { $names }
help-examples = For example:
start = { $name ->
    [none] Hello!
   *[other] Hello { $name }!
 } Just write to me, in your own language. I know { $skills }; /help tells more, /stop ends an answer.
reset-done = Let us begin anew. I no longer look at what was said here before; what you told me to remember stays.

why-nothing = I have not answered anything here yet.
why-skill = Skill: **{ $skill }**
why-by = { $by ->
    [command] Chosen by your command { $detail }.
    [expected] Chosen because it was waiting for your answer.
    [mode] Chosen because this conversation is in that mode.
    [rule] Chosen by a rule: `{ $detail }`
    [semantic] Chosen because your message is like its examples (score { $score }).
    [default] Chosen because nothing else fitted (best score { $score }).
   *[other] Chosen by { $by }.
 }
why-candidates = Scores: { $candidates }
why-memories = Memories used:
why-no-memories = No memories were used.
why-model = Model: { $model }, { $read } tokens read, { $written } written
why-no-model = No model was asked.
why-times = Times: waited { $waited } s, first text after { $first } s, done after { $took } s
why-reference = Reference: `{ $reference }`

remembered = I will remember that.
memory-empty = I remember nothing about you here.
memory-head = { $count ->
    [one] I remember one thing:
   *[other] I remember { $count } things:
 }
forgot-one = Forgotten: { $text }
forget-not-yours = Only whoever told me that can have it forgotten: { $text }
forgot-all = Everything I kept about you is deleted.
forget-which = Which one? For example `/forget 1`, or `/forget all` for everything.
forget-all-sure = Delete everything I keep about you: memories, our conversations, your settings? This cannot be undone.
forget-kept = Nothing was deleted.
yes = Yes
no = No
export-caption = Everything I keep about you.
export-private = I send that only in a private chat. Write /export to me there.
time-now = It is { DATETIME($now, dateStyle: "full", timeStyle: "short") } ({ $zone }).
language-now = I answer you in { $language }. Choices: { $choices }; `/language auto` follows what you write.
language-auto = I will answer in the language you write.
language-set = I will answer you in { $language }.
language-unknown = I do not know the language { $code }. Choices: { $choices }

lora-list = Weights that I can answer with: { $names }. { $chosen ->
    [none] None is chosen for this conversation.
   *[other] This conversation uses `{ $chosen }`.
 } `/lora NAME` chooses, `/lora off` goes back.
lora-none = My model has no weights to choose from.
lora-set = From now on I answer here with the weights `{ $name }`. `/lora off` ends that.
lora-off = From now on I answer here as I am set up to.
lora-unknown = I have no weights called { $name }. There are: { $names }
lora-broken = The weights { $name } cannot be used; the operator finds the reason in the log.
lora-failed = Sorry, the weights that should answer here cannot be found or read. `/lora` shows those there are, `/lora off` goes back. Reference: `{ $reference }`.

about-help = Shows what I can do.
about-start = Says hello.
about-stop = Ends the answer that is running.
about-reset = Begins the conversation anew.
about-why = Explains the last answer.
about-remember = Remembers something about you.
about-memory = Shows what I remember.
about-forget = Forgets one thing, or everything.
about-export = Sends you everything I keep about you.
about-language = Sets the language I answer in.
about-time = Tells the date and the time where I run.
about-lora = Chooses the LoRA weights that answer in this conversation.
