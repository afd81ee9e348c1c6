# Lo que dice el propio bot.
apology = Lo siento, algo ha fallado por mi parte. Si se lo cuentas al operador, dale esta referencia: `{ $reference }`.
timeout = Lo siento, tardaba demasiado y lo he dejado. Referencia: `{ $reference }`.
cannot-show = Lo siento, este canal no acepta mi respuesta.
no-answer = No tengo respuesta para eso.
model-busy = Ahora mismo respondo a demasiada gente. Inténtalo de nuevo en un minuto.
too-long = Es demasiado largo para leerlo de una vez. Envía un trozo más corto.
usage = { $message }

    Así: `{ $usage }`
unknown-command = No conozco /{ $name }. /help muestra lo que sé hacer.
unknown-command-near = No conozco /{ $name }. ¿Querías decir /{ $closest }? /help muestra lo que sé hacer.
in-line = { NUMBER($position) ->
    [1] Te toca enseguida.
   *[other] Eres el número { $position } de la cola.
 }
in-line-seconds = { NUMBER($position) ->
    [1] Te toca enseguida, en unos { $seconds } s.
   *[other] Eres el número { $position } de la cola, faltan unos { $seconds } s.
 }
stopped-mark = ⏹ *detenido*
stopped = Detenido.
nothing-to-stop = Aquí no hay nada en marcha.
feedback-thanks = Gracias por decírmelo.

refused-access = No me está permitido hablar contigo aquí. El operador puede darte acceso; tu identificador es `{ $person }`.
refused-rate = Eso ha sido mucho de golpe. Escribe de nuevo en { $seconds } s.
refused-tokens = Has usado tu parte del modelo por hoy. Empieza de nuevo a medianoche UTC.

help-head = Respondo a lo que escribes. También sé hacer esto:
help-commands = Y siempre:
help-more = Dime qué debo recordar (*recuerda que mi gato se llama Miu*), y pregunta *¿qué sabes de mí?* para verlo. /help muestra todos los comandos.
help-aliases = También: { $names }
help-examples = Por ejemplo:
start = { $name ->
    [none] ¡Hola!
   *[other] ¡Hola, { $name }!
 } Escríbeme sin más, en tu idioma. Conozco { $skills }; /help cuenta más, /stop detiene una respuesta.
reset-done = Empecemos de nuevo. Ya no miro lo que se dijo aquí; lo que me pediste recordar se queda.

why-nothing = Aquí todavía no he respondido nada.
why-skill = Habilidad: **{ $skill }**
why-by = { $by ->
    [command] Elegida por tu orden { $detail }.
    [expected] Elegida porque esperaba tu respuesta.
    [mode] Elegida porque esta conversación está en ese modo.
    [rule] Elegida por una regla: `{ $detail }`
    [semantic] Elegida porque tu mensaje se parece a sus ejemplos (valor { $score }).
    [default] Elegida porque nada más encajaba (mejor valor { $score }).
   *[other] Elegida por { $by }.
 }
why-candidates = Valores: { $candidates }
why-memories = Recuerdos usados:
why-no-memories = No se usó ningún recuerdo.
why-model = Modelo: { $model }, { $read } tokens leídos, { $written } escritos
why-no-model = No se preguntó a ningún modelo.
why-times = Tiempos: espera { $waited } s, primer texto a los { $first } s, terminado a los { $took } s
why-reference = Referencia: `{ $reference }`

remembered = Lo recordaré.
memory-empty = Aquí no recuerdo nada de ti.
memory-head = { $count ->
    [one] Recuerdo una cosa:
   *[other] Recuerdo { $count } cosas:
 }
forgot-one = Olvidado: { $text }
forget-not-yours = Solo quien me lo dijo puede hacer que lo olvide: { $text }
forgot-all = Todo lo que guardaba de ti está borrado.
forget-which = ¿Cuál? Por ejemplo `/forget 1`, o `/forget all` para todo.
forget-all-sure = ¿Borrar todo lo que guardo de ti: recuerdos, conversaciones, ajustes? No se puede deshacer.
forget-kept = No se ha borrado nada.
yes = Sí
no = No
export-caption = Todo lo que guardo de ti.
export-private = Eso solo lo envío en privado. Escríbeme /export allí.
time-now = Es { DATETIME($now, dateStyle: "full", timeStyle: "short") } ({ $zone }).
language-now = Te respondo en { $language }. Opciones: { $choices }; `/language auto` sigue lo que escribes.
language-auto = Responderé en el idioma en que escribas.
language-set = Te responderé en { $language }.
language-unknown = No conozco el idioma { $code }. Opciones: { $choices }

lora-list = Pesos con los que puedo responder: { $names }. { $chosen ->
    [none] Esta conversación no tiene ninguno elegido.
   *[other] Esta conversación usa `{ $chosen }`.
 } `/lora NOMBRE` elige, `/lora off` vuelve atrás.
lora-none = Mi modelo no tiene pesos para elegir.
lora-set = Desde ahora respondo aquí con los pesos `{ $name }`. `/lora off` lo termina.
lora-off = Desde ahora respondo aquí como estoy configurado.
lora-unknown = No tengo pesos llamados { $name }. Hay: { $names }
lora-broken = Los pesos { $name } no se pueden usar; el operador encuentra el motivo en el registro.
lora-failed = Lo siento, los pesos que debían responder aquí faltan o no se pueden leer. `/lora` muestra los que hay, `/lora off` vuelve atrás. Referencia: `{ $reference }`.

about-help = Muestra lo que sé hacer.
about-start = Saluda.
about-stop = Detiene la respuesta en marcha.
about-reset = Empieza de nuevo la conversación.
about-why = Explica la última respuesta.
about-remember = Recuerda algo sobre ti.
about-memory = Muestra lo que recuerdo.
about-forget = Olvida una cosa, o todo.
about-export = Te envía todo lo que guardo de ti.
about-language = Elige el idioma de mis respuestas.
about-time = Dice la fecha y la hora donde funciono.
about-lora = Elige los pesos LoRA que responden en esta conversación.
