### O que o papo diz, em português do Brasil.

# O que uma tecla faz
action-next_pane = próximo painel
action-previous_pane = painel anterior
action-focus_users = usuários
action-focus_groups = grupos
action-focus_inbox = entrada
action-focus_chat = conversa
action-next_tab = próxima conversa
action-previous_tab = conversa anterior
action-tab_1 = primeira conversa
action-tab_2 = segunda conversa
action-tab_3 = terceira conversa
action-tab_4 = quarta conversa
action-tab_5 = quinta conversa
action-tab_6 = sexta conversa
action-tab_7 = sétima conversa
action-tab_8 = oitava conversa
action-tab_9 = nona conversa
action-close_tab = fechar aba
action-next_unread = próxima não lida
action-page_up = página acima
action-page_down = página abaixo
action-oldest = mensagem mais antiga
action-newest = mensagem mais nova
action-help = ajuda
action-redraw = redesenhar
action-suspend = suspender
action-interrupt = limpar a linha, ou sair
action-cancel = fechar, voltar ao mais novo
action-quit = sair do papo
action-up = acima
action-down = abaixo
action-first = primeiro
action-last = último
action-open = abrir
action-talk_to = conversar com um id
action-request = pedir
action-invite = convidar
action-new_group = novo grupo
action-join = pedir para entrar
action-leave = sair
action-members = membros
action-disband = desfazer
action-remove = remover
action-hand_over = passar a liderança
action-accept = aceitar
action-deny = recusar
action-waiting = à espera
action-history = histórico
action-confirmations = confirmações
action-withdraw = retirar o pedido
action-toggle_lists = ocultar ou mostrar as listas
action-log = o que o papo disse
action-outbox = saída
action-send_again = enviar de novo
action-edit = editar
action-drop = descartar
action-go_to = ir para
action-talks = todas as conversas
action-search = buscar
action-change_scope = esta conversa ou todas
action-next_found = próximo achado
action-previous_found = achado anterior
action-choose = escolher uma mensagem
action-reply = responder
action-details = quem a tem
action-to_answered = ir para o que ela responde
action-failed = reenviar ou descartar
action-copy = copiar
action-open_link = abrir o link
action-editor = abrir o $EDITOR
action-send = enviar
action-new_line = nova linha
action-complete = completar, ou próximo painel
action-complete_back = voltar

# Onde uma tecla o faz
context-global = em qualquer lugar
context-list = listas
context-users = usuários
context-groups = grupos
context-inbox = entrada
context-members = membros
context-outbox = saída
context-find = achar
context-messages = mensagens
context-composer = onde se escreve

# O que um comando faz
command-msg = escreve na conversa aberta com alguém
command-reply = responde à última mensagem de outra pessoa na conversa à frente
command-request = pede uma conversa
command-accept = aceita o pedido mais antigo, ou o de alguém
command-deny = recusa o pedido mais antigo, ou o de alguém
command-inbox-clear = recusa todos os pedidos da entrada, depois de perguntar
command-withdraw = retira o seu último pedido, ou o feito a alguém
command-group-new = cria um grupo
command-group-invite = convida para um grupo
command-group-kick = remove um membro
command-group-lead = passa a liderança
command-group-claim = assume a liderança, se quem lidera se foi de vez
command-group-leave = sai de um grupo
command-group-disband = desfaz um grupo
command-join = pede para entrar num grupo
command-leave = sai do grupo à frente
command-block = não ouvir mais nada de alguém
command-unblock = voltar a ouvir alguém
command-forget = fazer todos esquecerem um usuário que se foi de vez
command-end = quer encerrar a conversa à frente
command-close = fecha a aba à frente
command-notify = o que é avisado da conversa à frente
command-mute = nada é avisado da conversa à frente
command-talks = todas as conversas, também as encerradas
command-search = busca palavras no que foi dito
command-copy = copia a última mensagem da conversa à frente
command-open = abre o último link nela
command-export = grava o que foi dito na conversa à frente num arquivo
command-log = o que o papo disse até agora
command-outbox = o que espera pelo broker, e o que ele recusou
command-resend = envia de novo uma mensagem recusada: a última aqui, ou a de número N lá
command-edit = edita uma mensagem que espera ou foi recusada, ou a sua última aqui
command-drop = não a envia
command-reconnect = conecta agora
command-reload = teclas, cores e avisos como os arquivos dizem agora
command-hide = não mostra uma lista, ou nenhuma
command-show = mostra uma lista, ou todas
command-set = muda uma chave da configuração, como ui.theme
command-help = esta ajuda
command-welcome = a tela explicada numa página
command-quit = sai do papo
command-slash = uma mensagem que começa com barra

# Linhas que não são comandos
list-unknown = não há lista { $word }; há users, groups e inbox
usage = uso: { $usage }
command-fewer-words = /{ $name } leva menos palavras; F1 mostra todos os comandos
command-unknown = não há { $before }{ $name }; seria { $before }{ $nearest }? (// para uma barra)
command-none = não há { $before }{ $name } (// para uma barra)
command-number = o número é o de uma linha em /outbox
completion-none = nada serve para completar isto
search-none = nada foi achado; Ctrl-F busca algo
search-at-latest = este é o mais novo que foi achado
search-at-last = este é o último que foi achado
search-all-talks = todas as conversas

# O que me foi pedido
somebody = alguém
asks-talk = { $who } quer conversar
asks-join = { $who } pede para entrar em #{ $group }
asks-invite = { $who } convida você para #{ $group }
asks-lead = { $who } passou a você a liderança de #{ $group }; recusar a devolve
asks-session = { $who } diz que vocês têm uma conversa, que este papo não conhece
answers-with-commands = { "." } /accept{ $who } ou /deny{ $who }
answers-here = : { $yes } aceita, { $no } recusa
answers-in-inbox = : { $inbox }, depois { $yes } aceita, { $no } recusa

# O que uma tecla ou um comando tem a dizer
unread-none = nada por ler
writing-already = algo já está sendo escrito; envie ou limpe primeiro
writing-already-there = algo já está sendo escrito lá; envie ou limpe primeiro
talk-none-to-send = nenhuma conversa está aberta para enviar isto; /request ID pede uma
waiting-none = nenhuma mensagem assim espera; /outbox mostra o que espera
talk-none-in-front = nenhuma conversa está à frente
notices-all = toda mensagem aqui é avisada
notices-mentions = mensagens aqui são avisadas quando citam você
notices-never = nenhuma mensagem aqui é avisada
talk-none-yet = não há conversa aberta com { $user }; papo request pede uma
talk-none-with = não há conversa aberta com { $user }; /request { $user } pede uma
end-is-for-two = /end é para uma conversa a dois; de um grupo se sai com /leave
request-none-waits = nenhum pedido assim espera resposta
group-which = qual grupo? diga o nome, ou traga a aba dele à frente
selected-nobody = ninguém está selecionado; t pergunta um id
groups-none = não há grupo; n cria um
selected-nothing = nada está selecionado
open-nothing = ainda não há o que abrir
member-another = escolha outro membro
edit-only-own = só o que você mesmo escreveu pode ser editado
edit-not-this = isto não pode ser editado
reply-nothing = não há mensagem aqui que se possa responder
edit-nothing = você não escreveu nada aqui que se possa editar
answered-not-here = o que ela responde não está aqui, ou foi dito há muito tempo
answered-none = isto não responde a nada
resend-nothing = o broker tem isto; não há o que reenviar
copied = copiado, se o terminal permitir
withdraw-nothing = nenhum pedido seu espera resposta
copy-nothing-here = não há texto aqui para copiar
link-none-here = não há link aqui
copy-nothing = isto não é texto para copiar
link-none = não há link nisto
link-opens = abre { $link }
link-opens-first = abre { $link }, o primeiro de { $count }
link-opens-earlier = abre { $link }, de uma mensagem anterior de { $author }

# Onde não há painéis
lines-no-panes = não há painéis aqui; /help diz o que há
lines-no-scrolling = nada rola aqui além do terminal; página acima imprime o que foi dito antes
lines-nothing-before = nada foi dito antes
lines-no-go-to = nada se abre sobre as linhas aqui; /talks NAME vai a uma conversa
lines-no-choosing = mensagens não podem ser escolhidas aqui; /copy copia a última, /open abre o link dela
lines-search = escreva /search WORDS

# Avisos
ignored-several = { $count } publicações ignoradas; o registro tem a primeira delas
has-written = { $author } escreveu
store-failing = o histórico não pode ser gravado: { $why }
connected = conectado a { $broker }
not-connected = sem conexão: { $why }
remote-leaves = o papo saiu; o que foi pedido continua na próxima vez que ele abrir
list-so-far = isto é o que chegou até agora; o resto não chegou a tempo
request-is-open = já há uma conversa aberta com { $user }
reloaded = teclas, cores, palavras e avisos estão como os arquivos dizem agora; o que é da conexão espera o próximo início
not-sent = uma mensagem não foi enviada: { $failure }; /outbox a mostra
group-was-earlier = alguém tinha criado #{ $group } antes; você pediu para entrar
lead-is-yours = você lidera #{ $group } agora
lead-was-taken = você esteve longe por muito tempo: { $leader } assumiu a liderança de #{ $group }
answer-talk-yes = { $who } aceitou seu pedido
answer-talk-no = { $who } recusou seu pedido
answer-join-yes = você está em #{ $group } agora
answer-join-no = { $who } não deixou você entrar em #{ $group }
answer-invite-yes = { $who } entra em #{ $group }
answer-invite-no = { $who } não quer entrar em #{ $group }
answer-lead-yes = { $who } lidera #{ $group } agora
answer-lead-no = { $who } devolveu a liderança de #{ $group }
id-elsewhere = { $me } está em uso em outro aparelho; /reconnect retoma o id

# A saída
outbox-other-prefix = escrita sob outro prefixo de tópico
outbox-request = pede uma conversa
outbox-accepted = aceita uma conversa
outbox-denied = diz não
outbox-invite = convida para #{ $group }
outbox-receipt = um recibo
outbox-disbanded = é desfeito
outbox-record = o registro do grupo
outbox-enter = pede para entrar
outbox-leave = sai
outbox-joined = entra
outbox-presence = presença
outbox-empty = a saída está vazia: o broker levou tudo
outbox-no-talk = isto não é de nenhuma conversa; vai por si
outbox-only-text = só um texto pode ser editado
earlier-message = uma mensagem anterior

# Perguntas e linhas a escrever
prompt-talk-to = Conversar com (id)
prompt-new-group = Novo grupo (nome)
prompt-invite-to = Convidar para #{ $group } (id)
prompt-invite-user = Convidar { $user } para (grupo)
prompt-that-is-you = esse é você
prompt-group-exists = #{ $group } já existe
prompt-group-not-in = você não está em #{ $group }
question-quit = Sair do papo?
question-quit-hosting = { $who } Sair e pará-lo?
question-suspend-hosting = { $who } Suspender e pará-lo?
question-paste = Colar { $count } linhas?
question-accept = Aceitar?
question-accept-of = Aceitar o pedido de { $who }?
question-deny-all =
    { $count ->
        [1] Recusar o pedido pendente?
       *[other] Recusar todos os { $count } pedidos pendentes?
    }
question-disband = Desfazer #{ $group } para todos os membros?
question-leave = Sair de #{ $group }?
question-remove = Remover { $user } de #{ $group }?
question-hand-over = Passar a liderança de #{ $group } a { $user }?
question-forget = Apagar a presença de { $user } no broker, para todos?

# O que não pode ser feito, o que foi feito, e o que foi ignorado
overlooked-blocked = ignorado o que diz alguém que você bloqueou
overlooked-nameless = ignorada uma mensagem de controle que não diz de quem vem
overlooked-outside = ignorada uma mensagem em uma conversa que acabou para você
overlooked-own = ignorada uma publicação que diz que você é o remetente
overlooked-repeated = ignorada uma publicação que já tinha chegado
overlooked-other-owner = ignorada uma mensagem de controle para { $owner }
overlooked-other-device = ignorada uma mensagem de controle sobre o que outro dispositivo seu escreveu em { $id }
overlooked-no-chat = ignorada uma mensagem de controle sobre { $id }, que não é uma conversa sua aberta com o remetente
overlooked-unwritten = ignorada uma confirmação da sua mensagem { $n } em { $id }, que você ainda não escreveu
overlooked-unasked = ignorada uma recusa de { $from }, que não responde a nenhum pedido seu
overlooked-not-led = ignorado um pedido sobre #{ $name }, que você não lidera
overlooked-in-already = ignorado um convite para #{ $name }, onde você já está
overlooked-paced = ignorado um pedido do registro de #{ $name }, que acabou de ser enviado
overlooked-no-member = ignorada uma publicação sobre #{ $name } de alguém que não consta no registro do grupo
overlooked-no-group = ignorada uma publicação sobre #{ $name }, um grupo desconhecido
overlooked-created = ignorada a criação de #{ $name }, um grupo que já é conhecido
overlooked-copy = ignoradas notícias de #{ $name } para clientes que não leem o registro do grupo
overlooked-outdated = ignorado um registro antigo de #{ $group }
ignored-publication = uma publicação foi ignorada: { $error }
ignored-forged = uma publicação em nome de outro que não o seu remetente foi ignorada
ignored-own-control = uma mensagem de controle que me nomeia como remetente foi ignorada
retained-there = o broker guarda uma mensagem em { $topic }, publicada com retain: ela conta uma vez
ignored-stranger = uma mensagem em { $id } de alguém que não está lá foi ignorada
ignored-record = um registro de #{ $group } que não era de quem o lidera foi ignorado
ignored-end = o fim de #{ $name }, que não veio de quem o lidera, foi ignorado
full-groups = #{ $name } não entra na lista de grupos, que está cheia
full-users = { $id } não entra na lista de usuários, que está cheia
full-inbox = a entrada está cheia: um pedido de { $who } não foi recebido
full-inbox-of-one = { $limit } pedidos de { $who } esperam sua resposta: mais um não foi recebido
block-self = você não pode bloquear a si mesmo
block-already = { $user } está bloqueado
block-done = você não ouve mais nada de { $user }
unblock-not = { $user } não está bloqueado
unblock-done = { $user } pode pedir a você de novo
send-end-alone = END sozinho encerra uma conversa; não responde a nada
send-no-conversation = não há tal conversa
send-length = uma mensagem tem no máximo { $limit } bytes
copy-tmux = não copiado, o tmux recusa: { $why }
send-blank = não há texto para enviar
talk-over-both = esta conversa acabou: ambos a encerraram
group-left = você saiu deste grupo
group-removed = você não está mais neste grupo
group-disbanded = este grupo foi desfeito
create-offline = sem conexão: um grupo é criado quando o broker puder dizer se o nome está livre
create-exists = #{ $name } existe e é liderado por { $leader }; peça para entrar
join-none = não há grupo #{ $name }; você pode criá-lo
join-in-already = você está em #{ $name }
join-asked-away = pedido feito a { $leader }, que está fora, para entrar em #{ $name }
join-asked = pedido feito a { $leader } para entrar em #{ $name }
join-asked-nobody = pedido feito para entrar em #{ $name }, cujo líder ainda não é conhecido
invite-only-members = só quem está em #{ $name } pode convidar
member-already = { $user } está em #{ $name }
invited = { $user } foi convidado para #{ $name }
member-not = { $user } não é membro de #{ $name }
removed = { $user } foi removido de #{ $name }
lead-handed = a liderança de #{ $name } foi passada a { $user }, que pode devolvê-la
group-not-in = você não está em #{ $name }
leave-leader = você lidera #{ $name }: passe-o a um membro ou desfaça-o
left = você saiu de #{ $name }
disbanded = #{ $name } foi desfeito
only-leader = só quem lidera #{ $name } pode fazer isso
member-new = { $user } está em #{ $name } agora
lead-given-back = a liderança de #{ $name } foi devolvida a { $peer }
lead-former-gone = quem liderava #{ $name } não está mais lá; passe-o a outra pessoa ou desfaça-o
claim-own = você lidera #{ $name }
claim-offline = sem conexão não se sabe se { $leader } está aqui
claim-seen = { $leader } lidera #{ $name } e foi visto nos últimos { $days } dias
claim-first = só o primeiro dos membros, { $first }, pode assumir a liderança de #{ $name }
nobody = ninguém
forget-self = você não pode esquecer a si mesmo
forget-not-connected = para esquecer { $user } é preciso uma conexão com o broker
forget-too-early = o broker ainda está enviando quem está aqui; tente esquecer { $user } de novo
forget-online = { $user } está online; só se esquece um usuário que se foi de vez
forget-unknown = o broker não guarda nenhuma presença de { $user }
forget-not-allowed = o broker não deixa você esquecer { $user }; talvez só { $user } possa mudar essa presença
forget-refused = { $user } não foi esquecido: { $why }
forget-cut = { $user } talvez não tenha sido esquecido: a conexão acabou antes da resposta do broker; tente de novo
forgotten = { $user } foi esquecido; um usuário que se conecta de novo volta à lista
forgotten-stays = a presença de { $user } foi apagada; fica na sua lista por causa de uma conversa, um pedido, um grupo ou um bloqueio
publication-refused = não foi enviado a { $to } ({ $what }): { $why }
drop-only-waiting = só uma mensagem que espera ou foi recusada pode ser descartada
outbox-no-such = não há tal mensagem na saída
outbox-by-itself = vai por si assim que o broker a aceitar
outbox-unreadable = não pode ser lida de volta; escreva-a de novo
outbox-talk-over = esta conversa acabou; a mensagem só pode ser descartada
request-self = você não pode pedir uma conversa a si mesmo
request-again = pedido feito de novo a { $user }
request-done = conversa pedida a { $user }
withdraw-only-own = só um pedido seu sem resposta pode ser retirado
withdraw-lead = a liderança de #{ $group } já foi passada; só pode ser devolvida
request-answered = este pedido não espera resposta
end-already = você encerrou esta conversa; ela se fecha quando a outra pessoa também a encerrar
talk-over = esta conversa acabou

# A conversa
chat-none = Nenhuma conversa está aberta. Escolha um usuário ou um grupo e tecle Enter.
chat-empty = Nada foi dito ainda. Escreva abaixo e tecle Enter.
chat-ask = /request ID pede uma conversa, /help mostra mais
chat-write-plain = Escreva a { $name }, um par simples: seus sinais param em ✓
chat-write = Escreva a { $name }
chat-closed = Vocês dois encerraram esta conversa.
chat-left = Você saiu deste grupo.
chat-removed = Quem lidera removeu você deste grupo.
chat-disbanded = Este grupo foi desfeito.
message-unreadable = uma mensagem que não pode ser lida
messages-new =
    { $count ->
        [1] { $count } nova
       *[other] { $count } novas
    }
looks-like = parece { $known }
user-looks-like = { $id } (parece { $known })
message-edited = (editada)
message-empty = (mensagem vazia)
message-foreign = { "[" }{ $content_type }, { $size } bytes: esta versão não pode mostrar isto]
message-dropped = descartada
message-failed = ✗ não entregue: { $why }
end-by-me = você quer encerrar a conversa
end-by-peer = { $author } quer encerrar a conversa
message-end = quer encerrar a conversa
writing-reply = resposta a { $author }
writing-edit = edição
writing-stops = ({ $key } para)
typing-one = { $who } está escrevendo…
typing-two = { $who } e { $other } estão escrevendo…
typing-several = { $count } estão escrevendo…

# Horas e datas
time-now = agora mesmo
time-minutes = há { $count } min
time-hours = há { $count } h
time-days = há { $count } d
weekday =
    { $number ->
        [1] seg
        [2] ter
        [3] qua
        [4] qui
        [5] sex
        [6] sáb
       *[7] dom
    }
month =
    { $number ->
        [1] jan
        [2] fev
        [3] mar
        [4] abr
        [5] mai
        [6] jun
        [7] jul
        [8] ago
        [9] set
        [10] out
        [11] nov
       *[12] dez
    }
date = { $day } { $month }

# As listas
groups-empty = Nenhum grupo ainda. Tecle { $key } para criar um.
group-no-leader = (ainda sem líder)
group-ask = (peça para entrar)
group-asked-away = (pedido; ★ fora)
group-asked = (pedido)
users-empty = Ninguém apareceu ainda. Tecle { $key } para escrever a alguém cujo id você conhece.
user-plain = simples
user-typing = escrevendo…
inbox-empty = Nenhum pedido espera. { $history } histórico, { $confirmations } confirmações.
inbox-history-empty = Nenhum pedido veio ainda. { $key } volta.
inbox-confirmations-empty = Você não pediu nada ainda. { $key } volta.
inbox-history = histórico
inbox-confirmations = confirmações
inbox-talk = { $peer } quer conversar
inbox-my-talk = { $peer } para conversar
inbox-invite = { $peer } convida para #{ $group }
inbox-lead = { $peer } passa #{ $group } a você
inbox-session = { $peer } diz que vocês conversam

# O cabeçalho
header-not-saved = ✗ nada pode ser gravado: { $why }
header-connecting = ◌ conectando
header-online = ● on-line
header-again = ○ nova tentativa em { $seconds } s
header-requests =
    { $count ->
        [1] { $count } pedido
       *[other] { $count } pedidos
    }
header-unread =
    { $count ->
        [1] { $count } não lida
       *[other] { $count } não lidas
    }
header-refused =
    { $count ->
        [1] { $count } recusada
       *[other] { $count } recusadas
    }
header-outbox = saída { $count }

# Abas
phase-ending = encerrando
phase-ended = encerrada
phase-left = saiu
phase-removed = removido
phase-disbanded = desfeito

# Sobre os painéis
confirm-enter = Enter confirma, Esc cancela
confirm-title = Certeza?
confirm-keys = { $yes } sim   { $no } não
members-leads = ★ lidera
details-title = Mensagem
details-by = por
details-on = em
details-edited = editada depois
details-clock = ~ hora da chegada: o relógio de quem enviou está errado em mais de um dia
details-answers = responde
details-edits = edita
details-failed = falhou
details-plain = ninguém diz se ela chegou
details-read = a leu
details-has = a tem
details-has-not = ainda não a tem
talks-title = Conversas
talks-none = nenhuma conversa tem tal nome
talks-count =
    { $count ->
        [1] { $count } conversa
       *[other] { $count } conversas
    }
talks-placeholder = um nome
palette-title = Ir para
palette-none = nada serve
palette-what = conversas, usuários, grupos, comandos
palette-placeholder = letras de um nome
palette-talk = conversa
palette-online = on-line: pedir uma conversa
palette-user = pedir uma conversa
palette-group = pedir para entrar
search-title = Busca em { $place }
search-placeholder = palavras que foram ditas
search-case = Maiúsculas e acentos não importam; "entre aspas" os acentos importam
search-then = { $count } achados, então: { $why }
search-latest = os { $count } mais novos
search-nothing = nada achado
search-found = { $count } achados
search-looking = { $count } achados, buscando …
search-widen = { $found }   { $key } busca em todas as conversas
search-narrow = { $found }   { $key } busca só nesta conversa
messages-count =
    { $count ->
        [1] { $count } mensagem
       *[other] { $count } mensagens
    }
help-title-more = Teclas e comandos, ↓ para mais
help-title = Teclas e comandos
help-tabs = primeira à { $last }
help-commands = comandos
log-empty = Nada foi dito até agora.
log-title = O que o papo disse
outbox-title = Saída
outbox-waits = espera
setup-title-more = papo, PgUp para mais
setup-start = Enter começa, Esc sai

# Em linhas
lines-not-saved = nada pode ser gravado: { $why }
lines-saved-again = o que é dito pode ser gravado de novo
lines-online = { $user } está on-line
lines-offline = { $user } está off-line
lines-delivered = entregue: { $name } tem o que você escreveu
lines-fit = { $count } servem: { $words }
lines-question = pergunta: { $question } { $yes } para sim, { $no } para não
lines-warning = aviso: { $error }
lines-before = { $count } mensagens antes:
lines-before-end = fim do que havia antes
list-users-empty = usuários: ninguém apareceu ainda. /request ID pede a alguém cujo id você conhece
list-groups-empty = grupos: nenhum ainda. /group new NAME cria um
list-inbox-empty = entrada: nada foi pedido ainda
list-talks-empty = conversas: nenhuma ainda. /request ID pede uma
list-talks-none = conversas: nenhuma tem tal nome
list-log-empty = papo: nada foi dito até agora
list-nothing = nada
list-commands = comandos:
list-keys = teclas:
list-asked-talk = você pediu uma conversa a { $who }
list-asked-group = você pediu a { $who } sobre #{ $group }
list-outbox-help = saída: /resend N envia uma de novo, /edit N a toma de volta, /drop N a esquece
lines-yes-no = { $yes } ou { $no }?
label-warning = aviso
label-error = erro
label-request = pedido
label-answer = resposta
lines-no-talk = nenhuma conversa está aberta. /request ID pede uma, /talks lista todas, /help mostra mais
lines-hello = papo: você é { $me }, em { $broker }. /help lista comandos e teclas
lines-unread = não lidas: { $count } em { $name }. /talks { $name } vai lá
lines-connecting = conexão: conectando
lines-connected = conexão: conectado
lines-reconnecting = conexão: sem conexão, o papo tenta de novo: { $why }
lines-stopped = conexão: parada: { $why }
lines-deaf = conexão: conectado, mas { $why }
you = você
lines-leaderless = sem líder
lines-led-by = liderado por { $leader }
lines-with = { $leader }, com { $members }
lines-not-seen = ainda não visto
lines-opened = conversa: { $name } está aberta. /talks { $name } vai lá
lines-both-ended = vocês dois a encerraram
lines-left = você saiu dele
lines-removed = quem lidera removeu você
lines-disbanded = foi desfeito

# As duas letras que respondem a uma pergunta
key-yes = s
key-no = n

# A primeira página
welcome = Olá, { $me }. Seu broker é { $broker }.
welcome-left = À esquerda: quem há
welcome-left-more =
    { $users } vai aos usuários; Enter pede uma conversa a um deles, { $talk } a alguém cujo id você conhece. { $groups } vai aos grupos, onde { $new } cria um. { $inbox } vai à entrada: quem pede algo a você espera lá até que você aceite ({ $accept }) ou recuse ({ $deny }).
welcome-right = À direita: suas conversas, uma aba para cada
welcome-right-more =
    { $chat } vai aonde você escreve, { $send } envia. … está no seu disco, ✓ no broker, ✓✓ com a outra pessoa. Uma linha que começa com / é um comando: /help, /quit.
welcome-anywhere = Em qualquer lugar
welcome-anywhere-more =
    { $go_to } vai a qualquer coisa pelo nome, { $help } mostra todas as teclas, { $quit } sai. A linha embaixo diz o que se pode fazer onde você está.
welcome-title-more = papo, ↓ para mais
welcome-close = { $close } fecha esta página; /welcome a mostra de novo.
setup-welcome = papo é um bate-papo cujo único servidor é um broker MQTT.
setup-id-rule = Os outros escrevem a você pelo seu id, por isso ele tem de ser só seu no broker: letras, dígitos, . e -, por exemplo o seu nome.
setup-id = Seu id:
setup-broker = O broker, mqtt://HOST:PORTA. Se nenhum roda nesta máquina, o papo inicia o seu aqui:
setup-leaves = Esc sai.
setup-new = Começar como o novo usuário { $id }?
setup-new-near = Começar como o novo usuário { $id }? Você quis dizer papo { $command }?
setup-is-open = o papo já está aberto como { $id }.
setup-is-open-another = o papo já está aberto como { $id }. Outro id abre um segundo.

# Perguntas sobre o broker que este papo roda
hosting-others =
    { $count ->
        [1] Outra pessoa está conectada ao broker que este papo roda.
       *[other] { $count } outras pessoas estão conectadas ao broker que este papo roda.
    }

# Mais das listas
users-title = Usuários
groups-title = Grupos
inbox-title = Entrada
users-online = { $online }/{ $all } on-line

# O que foi feito de um pedido
answer-asked = pedido feito
answer-none = ainda sem resposta
answer-accepted = aceitou
answer-denied = recusou
answer-withdrawn = retirado
answer-ignored = ignorado

# Mais em linhas
or = ou
presence-online = on-line
presence-offline = off-line
presence-unknown = desconhecido
lines-broker = broker:
lines-id = seu id:
lines-talk = conversa: { $name }{ $about }
lines-plain = sem papo
lines-in-front = à frente
lines-arrived = chegou { $at }
lines-failed = não entregue: { $why }
list-user = usuário: { $user }, { $about }
list-group = grupo: #{ $group }, { $about }
list-inbox = entrada: { $what }
list-outbox = saída { $number }: para { $to }: { $what } ({ $state })
list-found = achado: { $message }
list-search = busca: { $found }
list-hits-above = os { $count } mais novos estão acima
outbox-refused = recusada: { $why }
search-more = mais de { $count } achados

# Por que uma mensagem não saiu
damaged-left-out = { $count ->
    [one] Uma mensagem está danificada e ficou de fora; papo check diz qual.
   *[other] { $count } mensagens estão danificadas e ficaram de fora; papo check diz quais.
}
history-none = não há conversa { $name }; sem nome, todas são escritas
refused-not-allowed = o broker não a permite
refused-topic = o broker não aceita o tópico
refused-content = o broker não aceita o conteúdo
refused-too-large = é maior do que o broker aceita

# O que um nome tem de ser
name-empty = um nome precisa de ao menos um caractere
name-too-long = um nome tem no máximo { $longest } caracteres
name-start = um nome começa com uma letra ou um dígito
name-character = { $character } não é permitido num nome: use letras, dígitos, . e -
name-invisible = { $character } é invisível e não é permitido em um nome
name-reserved = esta palavra é reservada pelo protocolo
name-form = um nome tem de estar na forma normal C do Unicode

# Por que não há conexão
reason-nobody-there = ninguém escuta em { $what }; o broker está rodando, e a porta está certa?
reason-host-not-found = nenhuma máquina de nome { $what } foi achada; confira a grafia e a rede
reason-no-interface = esta máquina não tem interface de rede com o nome { $what }; confira o que vem depois do % no endereço do broker
reason-no-zone = { $what } tem um endereço de enlace local; dê o endereço e a sua interface, como em mqtt://[fe80::1%25eth0]
reason-unreachable = { $address } não pode ser alcançado: { $detail }; confira a rede
reason-not-mqtt = o que escuta em { $what } não é um broker MQTT; confira máquina e porta
reason-no-socket = não há soquete { $what }; o broker está rodando, e escuta ali?
reason-forbidden = você não pode usar { $what }; pergunte a quem cuida do broker
reason-no-tls = o que escuta em { $what } não fala TLS; use mqtt:// ou ws://, ou confira a porta
reason-unknown-issuer = o certificado de { $what } não é de ninguém em quem você confie; ponha em ca_file o certificado da autoridade dele
reason-expired = o certificado de { $what } venceu; quem cuida do broker precisa renová-lo
reason-not-yet-valid = o certificado de { $what } ainda não vale; confira os relógios
reason-wrong-name = o certificado que { $address } mostra é para { $names }; indique o broker por um desses nomes
reason-bad-certificate = o certificado de { $address } não merece confiança: { $detail }
reason-certificate-wanted = o broker quer um certificado seu; defina cert_file e key_file
reason-certificate-refused = o broker não aceita o seu certificado; confira cert_file e key_file
reason-tls = não há conexão segura com { $address }: { $detail }
reason-no-websocket = { $address } não oferece MQTT por WebSocket ({ $detail }); confira porta e caminho
reason-hung-up = { $what } desligou sem resposta; o papo precisa de um broker MQTT que fale MQTT 5
reason-old-mqtt-only = o broker não fala MQTT 5, de que o papo precisa; use outro ou atualize-o
reason-client-id-refused = o broker recusa o id de cliente { $what }; escolha outro perfil ou id
reason-bad-credentials = o broker não aceita este usuário ou senha; confira ambos
reason-not-authorized = o broker não deixa este usuário entrar; confira usuário, senha e as regras de acesso dele
reason-banned = o broker baniu este cliente; pergunte a quem o mantém
reason-authentication-method = o broker quer um modo de entrar que o papo não conhece; pergunte a quem o mantém
reason-refused = o broker recusa a conexão ({ $what }); fale com quem o administra
reason-busy = o broker está ocupado ou não está pronto ({ $what }); o papo tenta de novo
reason-no-retain = o broker não guarda mensagens retidas, de que o papo precisa; permita-as ou use outro broker
reason-no-qos-one = o broker não oferece QoS 1, de que o papo precisa; permita-o ou use outro broker
reason-no-receive-maximum = o broker não deixa o papo enviar nada (o seu receive maximum é 0); aumente-o ou use outro broker
reason-packet-limit = o broker aceita pacotes de até { $most } bytes, e o papo precisa de { $least }; aumente o limite ou use outro broker
reason-taken-over = outro cliente se conectou com o mesmo id; o papo está rodando em outro lugar?
reason-taken-again = outro cliente se conecta sempre de novo com o mesmo id; encerre-o ou escolha outro id
reason-in-use = este id está em uso em outro aparelho
reason-repeatedly-aborted = o broker sempre desliga logo depois de conectar; este id está em uso em outro lugar? o papo tenta de novo
reason-closed = a conexão foi fechada pelo broker ou pela rede; o papo tenta de novo
reason-ended-by-broker = o broker encerrou a conexão ({ $what }); o papo tenta de novo
reason-no-answer = { $what } não responde; é um broker MQTT, e a rede está de pé? o papo tenta de novo
reason-packet-too-large = uma mensagem era maior do que o combinado com o broker; o papo tenta de novo
reason-violation = o broker quebrou as regras do MQTT 5 ({ $what }); o papo tenta de novo
reason-asked = conectando de novo, como pedido
reason-resting = sem conexão enquanto o papo está suspenso
code-server-unavailable = servidor indisponível
code-server-busy = servidor ocupado
code-quota-exceeded = cota excedida
code-connection-rate-exceeded = conexões demais de uma vez
code-message-rate-too-high = mensagens demais de uma vez
code-unspecified-error = sem motivo informado
code-server-moved = ele mudou de endereço
code-not-authorized = ele não permite o que o papo enviou
code-server-shutting-down = ele está sendo desligado
code-keep-alive-timeout = ele ficou tempo demais sem receber nada do papo
code-administrative-action = pelo operador
code-maximum-connect-time = ele limita a duração de uma conexão
stopped = { $why } ({ $helps })
stopped-takes = /reconnect o toma
stopped-watches = /reconnect o toma; o papo se conecta quando ele estiver livre
stopped-tries = /reconnect tenta de novo
subscribe-refused = o broker recusa a assinatura de { $topics }; peça a quem o administra que a permita
control-refused = ninguém consegue falar com você: o broker recusa a assinatura de { $topic }; peça a quem o administra que a permita

# O que deu errado nesta máquina
file-kept = { $why }; tudo fica como estava
exported = { $count } mensagens gravadas em { $file }
salvage-question =
    { $why }
    Resgatar o que pode ser lido? O arquivo danificado fica ao lado do novo. ({ $yes } resgata, Enter sai)
salvaged =
    { $messages ->
        [one] { $messages } mensagem resgatada; o histórico danificado fica em { $file }
       *[other] { $messages } mensagens resgatadas; o histórico danificado fica em { $file }
    }
export-failed = nada pôde ser gravado: { $why }
editor-not-started = { $program } não pode ser iniciado: { $why }
editor-failed = o editor falhou ({ $status }); o que estava escrito antes fica
editor-lost = o editor se perdeu: { $why }
editor-kept = { $why }; está em { $file }
editor-too-much = { $size } bytes são demais para uma mensagem
damaged-unseen =
    { $count ->
        [1] { $count } mensagem está danificada e não pode ser mostrada; rode papo check
       *[other] { $count } mensagens estão danificadas e não podem ser mostradas; rode papo check
    }
damaged-unsent =
    { $count ->
        [1] { $count } mensagem está danificada e talvez não seja reenviada; rode papo check
       *[other] { $count } mensagens estão danificadas e talvez não sejam reenviadas; rode papo check
    }
damaged-values =
    { $count ->
        [1] { $count } valor do histórico está danificado; papo check { $id } diz qual
       *[other] { $count } valores do histórico estão danificados; papo check { $id } diz quais
    }
