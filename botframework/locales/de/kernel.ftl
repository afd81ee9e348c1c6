# Was der Bot selbst sagt.
apology = Entschuldigung, bei mir ist etwas schiefgegangen. Wenn du es dem Betreiber meldest, nenne dieses Zeichen: `{ $reference }`.
timeout = Entschuldigung, das hat zu lange gedauert, ich habe aufgegeben. Zeichen: `{ $reference }`.
cannot-show = Entschuldigung, dieser Kanal nimmt meine Antwort nicht an.
no-answer = Darauf habe ich keine Antwort.
model-busy = Ich antworte gerade zu vielen Leuten. Bitte versuche es in einer Minute noch einmal.
too-long = Das ist zu lang, um es auf einmal zu lesen. Bitte schicke ein kürzeres Stück.
usage = { $message }

    So: `{ $usage }`
unknown-command = /{ $name } kenne ich nicht. /help zeigt, was ich kann.
unknown-command-near = /{ $name } kenne ich nicht. Meintest du /{ $closest }? /help zeigt, was ich kann.
in-line = { NUMBER($position) ->
    [1] Du bist gleich dran.
   *[other] Du bist Nummer { $position } in der Reihe.
 }
in-line-seconds = { NUMBER($position) ->
    [1] Du bist gleich dran, in etwa { $seconds } s.
   *[other] Du bist Nummer { $position } in der Reihe, noch etwa { $seconds } s.
 }
stopped-mark = ⏹ *angehalten*
stopped = Angehalten.
nothing-to-stop = Hier läuft gerade nichts.
feedback-thanks = Danke für die Rückmeldung.

refused-access = Ich darf hier nicht mit dir sprechen. Der Betreiber kann dich zulassen; deine Kennung ist `{ $person }`.
refused-rate = Das war viel auf einmal. Bitte schreib in { $seconds } s wieder.
refused-tokens = Du hast deinen Anteil am Modell für heute verbraucht. Um Mitternacht UTC beginnt er von vorn.

help-head = Ich antworte auf das, was du schreibst. Außerdem kann ich:
help-commands = Und immer:
help-more = Sag mir, was ich mir merken soll (*merk dir, dass meine Katze Miu heißt*), und frag *was weißt du über mich?*, um es zu sehen. /help zeigt alle Befehle.
help-aliases = Auch: { $names }
help-examples = Zum Beispiel:
start = { $name ->
    [none] Hallo!
   *[other] Hallo { $name }!
 } Schreib mir einfach, in deiner Sprache. Ich kenne { $skills }; /help sagt mehr, /stop beendet eine Antwort.
reset-done = Fangen wir von vorn an. Was hier gesagt wurde, sehe ich nicht mehr an; was ich mir merken sollte, bleibt.

why-nothing = Ich habe hier noch nichts beantwortet.
why-skill = Fähigkeit: **{ $skill }**
why-by = { $by ->
    [command] Gewählt durch deinen Befehl { $detail }.
    [expected] Gewählt, weil sie auf deine Antwort wartete.
    [mode] Gewählt, weil dieses Gespräch in diesem Modus ist.
    [rule] Gewählt durch eine Regel: `{ $detail }`
    [semantic] Gewählt, weil deine Nachricht ihren Beispielen gleicht (Wert { $score }).
    [default] Gewählt, weil nichts anderes passte (bester Wert { $score }).
   *[other] Gewählt durch { $by }.
 }
why-candidates = Werte: { $candidates }
why-memories = Benutzte Erinnerungen:
why-no-memories = Keine Erinnerungen wurden benutzt.
why-model = Modell: { $model }, { $read } Token gelesen, { $written } geschrieben
why-no-model = Kein Modell wurde gefragt.
why-times = Zeiten: { $waited } s gewartet, erster Text nach { $first } s, fertig nach { $took } s
why-reference = Zeichen: `{ $reference }`

remembered = Das merke ich mir.
memory-empty = Über dich habe ich mir hier nichts gemerkt.
memory-head = { $count ->
    [one] Ich habe mir eine Sache gemerkt:
   *[other] Ich habe mir { $count } Dinge gemerkt:
 }
forgot-one = Vergessen: { $text }
forget-not-yours = Das kann nur vergessen lassen, wer es mir gesagt hat: { $text }
forgot-all = Alles, was ich über dich hatte, ist gelöscht.
forget-which = Welche? Zum Beispiel `/forget 1`, oder `/forget all` für alles.
forget-all-sure = Alles löschen, was ich über dich habe: Erinnerungen, Gespräche, Einstellungen? Das lässt sich nicht rückgängig machen.
forget-kept = Nichts wurde gelöscht.
yes = Ja
no = Nein
export-caption = Alles, was ich über dich habe.
export-private = Das schicke ich nur im Einzelgespräch. Schreib mir dort /export.
time-now = Es ist { DATETIME($now, dateStyle: "full", timeStyle: "short") } ({ $zone }).
language-now = Ich antworte dir auf { $language }. Zur Wahl: { $choices }; `/language auto` folgt dem, was du schreibst.
language-auto = Ich antworte in der Sprache, in der du schreibst.
language-set = Ich antworte dir auf { $language }.
language-unknown = Die Sprache { $code } kenne ich nicht. Zur Wahl: { $choices }

lora-list = Gewichte, mit denen ich antworten kann: { $names }. { $chosen ->
    [none] Für dieses Gespräch sind keine gewählt.
   *[other] Dieses Gespräch benutzt `{ $chosen }`.
 } `/lora NAME` wählt, `/lora off` geht zurück.
lora-none = Mein Modell hat keine Gewichte zur Auswahl.
lora-set = Ab jetzt antworte ich hier mit den Gewichten `{ $name }`. `/lora off` beendet das.
lora-off = Ab jetzt antworte ich hier so, wie ich eingerichtet bin.
lora-unknown = Gewichte namens { $name } habe ich nicht. Es gibt: { $names }
lora-broken = Die Gewichte { $name } sind unbrauchbar; den Grund findet der Betreiber im Protokoll.
lora-failed = Entschuldigung, die Gewichte, die hier antworten sollen, fehlen oder sind nicht lesbar. `/lora` zeigt die vorhandenen, `/lora off` geht zurück. Zeichen: `{ $reference }`.

about-help = Zeigt, was ich kann.
about-start = Sagt hallo.
about-stop = Beendet die laufende Antwort.
about-reset = Beginnt das Gespräch von vorn.
about-why = Erklärt die letzte Antwort.
about-remember = Merkt sich etwas über dich.
about-memory = Zeigt, was ich mir gemerkt habe.
about-forget = Vergisst eine Sache oder alles.
about-export = Schickt dir alles, was ich über dich habe.
about-language = Legt die Sprache meiner Antworten fest.
about-time = Sagt Datum und Uhrzeit dort, wo ich laufe.
about-lora = Wählt die LoRA-Gewichte, die in diesem Gespräch antworten.
