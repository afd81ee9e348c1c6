# Ce que le bot dit lui-même.
apology = Désolé, quelque chose n’a pas marché de mon côté. Si vous en parlez à l’opérateur, donnez cette référence : `{ $reference }`.
timeout = Désolé, cela prenait trop de temps et j’ai abandonné. Référence : `{ $reference }`.
cannot-show = Désolé, ce canal n’accepte pas ma réponse.
no-answer = Je n’ai pas de réponse à cela.
model-busy = Je réponds à trop de monde en ce moment. Réessayez dans une minute.
too-long = C’est trop long pour que je le lise d’un coup. Envoyez un morceau plus court.
usage = { $message }

    Comme ceci : `{ $usage }`
unknown-command = Je ne connais pas /{ $name }. /help montre ce que je sais faire.
unknown-command-near = Je ne connais pas /{ $name }. Vouliez-vous dire /{ $closest } ? /help montre ce que je sais faire.
in-line = { NUMBER($position) ->
    [1] C’est bientôt votre tour.
   *[other] Vous êtes numéro { $position } dans la file.
 }
in-line-seconds = { NUMBER($position) ->
    [1] C’est bientôt votre tour, dans { $seconds } s environ.
   *[other] Vous êtes numéro { $position } dans la file, encore { $seconds } s environ.
 }
stopped-mark = ⏹ *arrêté*
stopped = Arrêté.
nothing-to-stop = Rien n’est en cours ici.
feedback-thanks = Merci de me l’avoir dit.

refused-access = Je n’ai pas le droit de parler avec vous ici. L’opérateur peut vous ouvrir l’accès ; votre identifiant est `{ $person }`.
refused-rate = Cela fait beaucoup d’un coup. Réécrivez dans { $seconds } s.
refused-tokens = Vous avez utilisé votre part du modèle pour aujourd’hui. Elle recommence à minuit UTC.

help-head = Je réponds à ce que vous écrivez. Je sais aussi faire ceci :
help-commands = Et toujours :
help-more = Dites-moi ce que je dois retenir (*souviens-toi que mon chat s’appelle Miu*), et demandez *que sais-tu de moi ?* pour le voir. /help montre toutes les commandes.
help-aliases = Aussi : { $names }
help-examples = Par exemple :
start = { $name ->
    [none] Bonjour !
   *[other] Bonjour { $name } !
 } Écrivez-moi simplement, dans votre langue. Je connais { $skills } ; /help en dit plus, /stop arrête une réponse.
reset-done = Recommençons. Je ne regarde plus ce qui a été dit ici ; ce que vous m’avez demandé de retenir reste.

why-nothing = Je n’ai encore répondu à rien ici.
why-skill = Compétence : **{ $skill }**
why-by = { $by ->
    [command] Choisie par votre commande { $detail }.
    [expected] Choisie car elle attendait votre réponse.
    [mode] Choisie car cette conversation est dans ce mode.
    [rule] Choisie par une règle : `{ $detail }`
    [semantic] Choisie car votre message ressemble à ses exemples (score { $score }).
    [default] Choisie car rien d’autre ne convenait (meilleur score { $score }).
   *[other] Choisie par { $by }.
 }
why-candidates = Scores : { $candidates }
why-memories = Souvenirs utilisés :
why-no-memories = Aucun souvenir n’a servi.
why-model = Modèle : { $model }, { $read } jetons lus, { $written } écrits
why-no-model = Aucun modèle n’a été interrogé.
why-times = Temps : attente { $waited } s, premier texte après { $first } s, fini après { $took } s
why-reference = Référence : `{ $reference }`

remembered = Je m’en souviendrai.
memory-empty = Je ne me souviens de rien vous concernant ici.
memory-head = { $count ->
    [1] Je me souviens d’une chose :
   *[other] Je me souviens de { $count } choses :
 }
forgot-one = Oublié : { $text }
forget-not-yours = Seule la personne qui me l’a dit peut le faire oublier : { $text }
forgot-all = Tout ce que je gardais de vous est effacé.
forget-which = Laquelle ? Par exemple `/forget 1`, ou `/forget all` pour tout.
forget-all-sure = Effacer tout ce que je garde de vous : souvenirs, conversations, réglages ? C’est définitif.
forget-kept = Rien n’a été effacé.
yes = Oui
no = Non
export-caption = Tout ce que je garde de vous.
export-private = Je n’envoie cela qu’en privé. Écrivez-moi /export là-bas.
time-now = Nous sommes le { DATETIME($now, dateStyle: "full", timeStyle: "short") } ({ $zone }).
language-now = Je vous réponds en { $language }. Choix : { $choices } ; `/language auto` suit ce que vous écrivez.
language-auto = Je répondrai dans la langue que vous écrivez.
language-set = Je vous répondrai en { $language }.
language-unknown = Je ne connais pas la langue { $code }. Choix : { $choices }

lora-list = Poids avec lesquels je peux répondre : { $names }. { $chosen ->
    [none] Aucun n’est choisi pour cette conversation.
   *[other] Cette conversation utilise `{ $chosen }`.
 } `/lora NOM` choisit, `/lora off` revient en arrière.
lora-none = Mon modèle n’a pas de poids à choisir.
lora-set = Désormais je réponds ici avec les poids `{ $name }`. `/lora off` y met fin.
lora-off = Désormais je réponds ici comme je suis configuré.
lora-unknown = Je n’ai pas de poids nommés { $name }. Il y a : { $names }
lora-broken = Les poids { $name } sont inutilisables ; l’opérateur en trouve la raison dans le journal.
lora-failed = Désolé, les poids qui devaient répondre ici sont introuvables ou illisibles. `/lora` montre ceux qui existent, `/lora off` revient en arrière. Référence : `{ $reference }`.

about-help = Montre ce que je sais faire.
about-start = Dit bonjour.
about-stop = Arrête la réponse en cours.
about-reset = Recommence la conversation.
about-why = Explique la dernière réponse.
about-remember = Retient quelque chose à votre sujet.
about-memory = Montre ce que je retiens.
about-forget = Oublie une chose, ou tout.
about-export = Vous envoie tout ce que je garde de vous.
about-language = Choisit la langue de mes réponses.
about-time = Donne la date et l’heure là où je tourne.
about-lora = Choisit les poids LoRA qui répondent dans cette conversation.
