### O que o papo diz, em português do Brasil.

# O que uma tecla faz
action-next_pane = próximo painel
action-previous_pane = painel anterior
action-focus_users = usuários
action-focus_groups = grupos
action-focus_inbox = entrada
action-focus_chat = campo de texto
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
action-tab_10 = décima conversa
action-close_tab = fechar aba
action-next_unread = próxima não lida
action-page_up = página acima
action-page_down = página abaixo
action-oldest = mensagem mais antiga
action-newest = mensagem mais recente
action-help = ajuda
action-command = comando
action-redraw = redesenhar
action-suspend = suspender
action-interrupt = limpar linha, ou sair
action-cancel = fechar, ir ao fim
hint-close = fechar
hint-hand-back = devolver
hint-take-line = usar a linha
hint-older = linha anterior
hint-cancel = cancelar
hint-confirm = confirmar
hint-run = executar
action-quit = sair
action-up = acima
action-down = abaixo
action-half_page_up = meia página acima
action-half_page_down = meia página abaixo
action-first = primeiro
action-last = último
action-open = abrir
action-talk_to = iniciar conversa
action-request = pedir para conversar
action-invite = convidar
action-new_group = novo grupo
action-join = pedir para entrar
action-leave = sair do grupo
action-members = membros
action-disband = dissolver o grupo
action-remove = remover membro
action-hand_over = passar a liderança
action-accept = aceitar
action-deny = recusar
action-waiting = pendentes
action-history = histórico
action-confirmations = enviados
action-withdraw = cancelar pedido
action-split = duas conversas, ou uma
action-other_chat = conversa ao lado
action-toggle_lists = mostrar/ocultar listas
action-log = avisos
action-settings = configurações
action-outbox = caixa de saída
action-send_again = reenviar
action-edit = editar
action-drop = descartar
action-go_to = ir para
action-talks = todas as conversas
action-search = buscar
action-change_scope = esta conversa ou todas
action-next_found = próximo resultado
action-previous_found = resultado anterior
action-choose = selecionar uma mensagem
action-reply = responder
action-details = dados da mensagem
action-to_answered = ir para a original
action-failed = reenviar ou descartar
action-copy = copiar
action-change_line = limpar a linha e escrever
action-clear_line = limpar a linha
action-open_link = abrir link
action-editor = abrir o $EDITOR
action-search_sent = buscar linhas enviadas
action-send = enviar
action-new_line = nova linha
action-complete = completar, ou próximo painel
action-complete_back = voltar

# Onde uma tecla funciona
context-global = em qualquer lugar
context-list = listas
context-users = usuários
context-groups = grupos
context-inbox = entrada
context-members = membros
context-outbox = caixa de saída
context-find = busca
context-messages = mensagens
context-empty = campo de texto vazio
context-composer = campo de texto

# O que um comando faz
command-msg = Envia uma mensagem a um usuário ou a um grupo
command-reply = Começa uma resposta à última mensagem de outra pessoa aqui
command-request = Pede a alguém para conversar
command-accept = Aceita o pedido pendente, ou o de um usuário
command-deny = Recusa o pedido pendente, ou o de um usuário
command-inbox-clear = Recusa todos os pedidos pendentes, depois de perguntar
command-withdraw = Cancela seu último pedido, ou o feito a um usuário
command-group-new = Cria um grupo
command-group-invite = Convida alguém para um grupo
command-group-kick = Remove um membro
command-group-lead = Passa a liderança
command-group-claim = Assume a liderança de um grupo cujo líder se foi de vez
command-group-disband = Dissolve um grupo
command-join = Pede para entrar em um grupo
command-leave = Sai de um grupo
command-block = Ignora os pedidos e as mensagens de alguém; sem ID, lista os bloqueados
command-unblock = Deixa de ignorar alguém
command-forget = Remove da lista de todos um usuário que se foi de vez
command-end = Encerra as sessões abertas; cada uma termina quando os dois concordam
command-close = Fecha esta aba, ou a deste número ou nome
command-split = Mostra outra conversa ao lado desta
command-unsplit = Mostra só uma conversa
command-notify = Escolhe as notificações desta conversa
command-mute = Silencia esta conversa
command-unmute = Notifica desta conversa como configurado
command-chats = Lista todas as conversas, inclusive as encerradas
command-search = Busca nas mensagens
command-copy = Copia a última mensagem desta conversa
command-open = Abre o último link desta conversa
command-export = Exporta esta conversa para um arquivo
command-log = Mostra os avisos anteriores
command-outbox = Mostra as mensagens em espera ou recusadas
command-resend = Reenvia uma mensagem recusada: a última daqui, ou a de número N na caixa de saída
command-edit = Edita uma mensagem em espera ou recusada, ou então a sua última daqui
command-drop = Descarta uma mensagem em espera ou recusada
command-reconnect = Conecta agora
command-redraw = Redesenha a tela
command-reload = Recarrega a configuração, as teclas, o tema e o idioma
command-hide = Oculta uma lista, ou todas
command-show = Mostra uma lista, ou todas
command-set = Mostra ou muda uma configuração, como ui.theme
command-help = Mostra esta ajuda, ou só o que contém uma palavra
command-welcome = Explica a tela em uma página
command-quit = Sai do papo
command-slash = Envia uma mensagem que começa com barra
command-chat = Vai para uma conversa, ou pede uma; com um texto, envia-o lá
command-users = Vai para a lista de usuários
command-groups = Vai para a lista de grupos
command-inbox = Vai para a entrada
command-whois = Mostra o que se sabe de um usuário ou de um grupo
command-members = Mostra os membros de um grupo
command-go = Vai para uma conversa pelo número da aba ou pelo nome
command-unread = Vai para as próximas mensagens não lidas
command-mark = Marca todas as conversas como lidas
command-clear = Oculta as mensagens da tela; role para trás para vê-las de novo
command-editor = Escreve no $EDITOR
command-unset = Volta uma configuração ao padrão
command-settings = Mostra e muda todas as configurações
command-theme = Mostra ou muda o tema
command-alias = Dá a um comando um nome seu, ou lista esses nomes
command-unalias = Remove um alias

# Linhas que não são comandos
list-unknown = Não existe a lista { $word }. Escolha users, groups ou inbox.
usage = Uso: { $usage }
command-fewer-words = Argumentos demais. Uso: { $usage }
command-unknown = Não existe { $before }{ $name }; quis dizer { $before }{ $nearest }? (// começa uma mensagem com barra)
command-none = Não existe { $before }{ $name } (// começa uma mensagem com barra)
command-number = Indique o número de uma linha de /outbox
completion-none = Nada para completar
missing-nearest = { $text } O mais próximo: { $nearest }
missing-actions = Não há /{ $word }: o papo não tem mensagens de ação; escreva como mensagem.
missing-topics = Não há /{ $word }: os grupos não têm tópico.
missing-reactions = Não há /{ $word }: o papo não tem reações nem enquetes.
missing-away = Não há /{ $word }: os outros veem apenas se você está on-line.
missing-nick = Não há /{ $word }: seu ID é seu único nome e não muda; papo ID no shell inicia com outro.
missing-files = Não há /{ $word }: o papo envia só texto; envie um link.
missing-paste = Não há /{ $word }: cole com o terminal.
missing-threads = Não há /{ $word }: o papo não tem threads.
missing-rooms = Não há /{ $word }: o papo tem grupos, sem configurações próprias.
missing-invite-links = Não há /{ $word }: o papo não tem links de convite.
missing-servers = Não há /{ $word }: o papo usa um broker por vez; defina broker e reinicie.
missing-accounts = Não há /{ $word }: o papo não tem contas; papo ID no shell inicia outro perfil.
missing-encryption = Não há /{ $word }: o papo não tem criptografia de ponta a ponta nem chaves a verificar.
missing-modes = Não há /{ $word }: um grupo tem líder e membros, e nenhum outro papel.
missing-deletion = Não há /{ $word }: uma mensagem enviada não pode ser apagada.
missing-disappearing = Não há /{ $word }: as mensagens não desaparecem sozinhas.
missing-archive = Não há /{ $word }: o papo guarda todas as conversas; uma aba fechada pode ser reaberta.
missing-scripts = Não há /{ $word }: o papo não executa scripts; um shell pode usar papo send e papo tail.
missing-keys = Não há /{ $word }: as teclas são definidas em keymap.toml.
missing-layout = Não há /{ $word }: o papo arruma a tela sozinho.
missing-lists = Não há /{ $word }: o papo tem três listas ao lado das conversas.
missing-highlights = Não há /{ $word }: o papo notifica por conversa.
missing-logger = Não há /{ $word }: o papo guarda o histórico de todas as conversas.
missing-history = Não há /{ $word }: as setas trazem de volta o que você enviou.
missing-spelling = Não há /{ $word }: o papo usa UTF-8 e não verifica a ortografia.
missing-writing = Não há /{ $word }: o papo grava por si mesmo; /close fecha esta aba, /quit sai do papo.
vim-close = Fecha a aba; na última, pergunta se quer sair
vim-next = Vai para a próxima conversa
vim-previous = Vai para a conversa anterior
vim-tab = Vai para a aba com este número
vim-write = Nada: o papo grava por si mesmo
vim-noh = Tira o destaque do que foi encontrado
vim-nothing-to-write = Nada a gravar: o papo grava por si mesmo
missing-opening = Não há /{ $word }: o papo abre conversas, não arquivos.
missing-saving = Não há /{ $word }: o papo grava as configurações quando você as muda.
missing-upgrade = Não há /{ $word }: papo --version no shell mostra a versão.
missing-rejoining = Não há /{ $word }: você fica em um grupo até sair dele.
missing-broadcast = Não há /{ $word }: o papo envia cada mensagem a uma só conversa.
missing-irc = Não há /{ $word }: o papo fala MQTT, não IRC.
missing-about = Não há /{ $word }: papo --help no shell mostra o que o papo é.
missing-watching = Não há /{ $word }: o papo sempre mostra quem está on-line.
missing-passwords = Não há /{ $word }: o arquivo de configuração indica o comando, o arquivo ou a variável que tem a senha.
missing-bans = Não há /{ $word }: o líder remove um membro com /kick; /block ignora alguém.
missing-forwarding = Não há /{ $word }: copie a mensagem e cole na outra conversa.
missing-pins = Não há /{ $word }: o papo não tem lista de mensagens marcadas.
missing-sending = Não há /{ $word }: o que você digita vai para esta conversa.
missing-status = Não há /{ $word }: o cabeçalho mostra a conexão; papo status no shell também.
missing-halves = Não há /{ $word }: o papo mostra uma conversa, ou duas lado a lado.
missing-hiding = Não há /{ $word }: o papo oculta apenas as listas.
missing-jumps = Não há /{ $word }: o papo vai às mensagens não lidas.
missing-scrolling = Não há /{ $word }: PgUp, PgDn, Home e End rolam a tela.
missing-colors = Não há /{ $word }: um tema tem todas as cores.
missing-switches = Não há /{ $word }: isso é uma configuração.
alias-none = Nenhum alias; /alias NOME COMANDO cria um
alias-is = /{ $name } = { $text }
alias-done = /{ $name } agora significa { $text }
alias-removed = /{ $name } removido
alias-hides = /{ $name } não pode ser um alias: é um comando, ou não é uma palavra de letras, dígitos, - e _
alias-unknown = Não existe o alias /{ $name }
tab-none = Não existe a aba { $number }
chat-none-called = Nenhuma conversa se chama { $name }; /chats lista todas
chat-none-yet = Ainda não há conversa com { $name }; /chat { $name } pede uma
member-one-user = Um usuário por vez: { $line }
member-no-reason = O papo não envia motivo; digite { $line }
join-no-such-group = Nenhum grupo se chama #{ $group }; /create { $group } o cria
question-block = O papo nunca viu { $user }. Bloquear este ID?
whois-whom = Quem? Indique um usuário ou um grupo, ou abra uma conversa antes
whois-unknown = Nada se sabe de { $name }
mark-done = Todas as conversas marcadas como lidas
clear-done = Mensagens anteriores ocultas; role para trás para vê-las
help-usage = { $usage }: { $about }
help-usage-also = { $usage }: { $about } (também { $also })
search-none = Nenhum resultado para percorrer; Alt-S inicia uma busca
search-at-latest = Este é o resultado mais recente
search-at-last = Este é o resultado mais antigo
search-all-chats = todas as conversas

# Pedidos feitos a você
somebody = alguém
asks-chat = { $who } quer conversar
asks-join = { $who } quer entrar em #{ $group }
asks-invite = { $who } convida você para #{ $group }
asks-lead = { $who } passou a você a liderança de #{ $group }
asks-session = { $who } está escrevendo em uma conversa que esta máquina não conhece; aceitar a abre
answers-with-commands = { "." } /accept{ $who } ou /deny{ $who }
answers-here = : { $yes } aceita, { $no } recusa
answers-in-inbox = : { $inbox }, depois { $yes } aceita, { $no } recusa
answers-lead-with-commands = { "." } /accept{ $who } ou, para devolvê-la, /deny{ $who }
answers-lead-here = : { $yes } aceita, { $no } a devolve
answers-lead-in-inbox = : { $inbox }, depois { $yes } aceita, { $no } a devolve
requests-several = { $count } pedidos: { $key }

# Respostas a uma tecla ou a um comando
unread-none = Nenhuma mensagem não lida
unread-none-but-requests =
    { $count ->
        [one] Nenhuma mensagem não lida; 1 pedido espera ({ $key })
       *[other] Nenhuma mensagem não lida; { $count } pedidos esperam ({ $key })
    }
writing-already = Você já está escrevendo algo; envie ou limpe primeiro
writing-already-there = Você já está escrevendo algo lá; envie ou limpe primeiro
chat-none-to-send = Nenhuma conversa aberta para enviar isto; /request ID pede a alguém para conversar
waiting-none = A caixa de saída não tem mensagem correspondente; /outbox mostra o que ela tem
chat-none-command = Nenhuma conversa aberta para enviar “{ $word }”; o comando é { $command }
chat-none-active = Nenhuma conversa ativa
chat-waits = Nenhuma conversa ativa: { $way } vai até { $name }
notify-all = Toda mensagem daqui vai notificar você
notify-mentions = Só menções vão notificar você aqui
notify-never = Silenciada; nenhuma mensagem daqui vai notificar você
session-none-for-script = Não há conversa aberta com { $user }; peça com papo request { $user }
sent-to = Enviado a { $name }: { $text }
usage-q = Uso: /q NOME [TEXTO] vai para uma conversa; /close fecha esta aba, /quit sai do papo
session-none-for-command = Não há conversa aberta com { $user }; /request { $user } pede para conversar
end-is-for-two = /end é para uma conversa a dois; use /leave para sair de um grupo
request-none-waits = Nenhum pedido correspondente está pendente
group-which = Qual grupo? Diga o nome, ou abra a aba dele primeiro
selected-nobody = Nenhum usuário selecionado; t inicia uma conversa por ID
groups-none = Nenhum grupo ainda; n cria um
selected-nothing = Nada selecionado
run-on = Ignorado “{ $text }”, digitado enquanto as teclas eram { $place }; { $way }
run-on-leaves = { $key } vai para o campo de texto, e ali ↑ traz o texto de volta
run-on-closes = { $key } fecha, e ↑ no campo de texto traz o texto de volta
run-on-moved = O que você digitou está no campo de texto; as teclas eram { $place }
run-on-moved-before-draft = O que você digitou está no campo de texto; seu rascunho volta depois
typed-kept = O que você digitou está guardado: ↑ no campo de texto traz de volta
run-on-users = da lista de usuários
run-on-groups = da lista de grupos
run-on-inbox = da entrada
run-on-message = da mensagem selecionada
run-on-outbox = da caixa de saída
run-on-overlay = da janela
request-gone = Esse pedido não está mais aqui
request-is-mine = Pedido seu: { $what }; { $key } o cancela
request-is-settled = { $what }: já { $state }
overlay-no-field = Não há onde digitar aqui; { $key } fecha isto
keys-elsewhere = O campo de texto não está ativo; { $key } vai até ele
reconnecting = Conectando a { $broker }
lists-shown = Todas as listas estão visíveis
lists-hidden = Ocultas: { $lists }; /show as mostra de novo
chat-opened = A conversa com { $name } está aberta
opened-waits = { $name }: conversa aberta; { $key } vai até ela
accepted-done = Aceito: { $what }
denied-done = Recusado: { $what }
withdrawn = Pedido cancelado: { $what }
requests-wait = { $count } pedidos pendentes: { $list }; { $usage }
waits-chat = { $who } (conversa)
waits-group = { $who } → #{ $group }
open-nothing = Ainda não há o que abrir
member-another = Selecione outro membro
member-gone = { $user } não é mais membro
edit-only-own = Você só pode editar suas próprias mensagens
edit-not-this = Esta mensagem não pode ser editada
reply-nothing = Nenhuma mensagem aqui para responder
reply-begun = Resposta a { $author }: { $words } (Enter envia, Ctrl-C cancela)
edit-nothing = Nenhuma mensagem sua aqui para editar
answered-not-here = A original não está aqui, ou é antiga demais
answered-none = Esta mensagem não é uma resposta
resend-nothing = Já foi enviada; nada a reenviar
edited-in-place = Alterada; ainda não tinha sido enviada
dropped-title = Mensagem descartada
dropped-question = Enviar de novo ou descartar também desta conversa?
copied = Copiado, se o seu terminal permitir
withdraw-nothing = Nenhum pedido seu está pendente
withdraw-accepted = Nada a cancelar: { $user } aceitou seu pedido
copy-nothing-here = Nenhum texto aqui para copiar
link-none-here = Nenhum link aqui
copy-nothing = Isto não é texto; não pode ser copiado
link-none = Nenhum link nesta mensagem
not-a-message = Isto é uma mudança no grupo, não uma mensagem
link-opens = Abrindo { $link }
link-opens-first = Abrindo { $link }, o primeiro de { $count }
link-opens-earlier = Abrindo { $link }, de uma mensagem anterior de { $author }
split-narrow = Não há espaço para duas conversas lado a lado: alargue o terminal ou oculte as listas (/hide)
split-alone = Não há outra conversa para mostrar ao lado desta; indique uma: /split NOME
split-same = { $name } é esta conversa; dê o nome de outra: /split NOME
split-already = { $name } já está ao lado desta conversa
split-none = Só uma conversa está à vista; /split mostra duas

# No modo de linhas, onde não há painéis
lines-no-panes = Não há painéis no modo de linhas; /help lista o que há
lines-no-scrolling = Use o terminal para rolar; Page Up imprime as mensagens anteriores
lines-nothing-before = Nenhuma mensagem anterior
lines-no-go-to = Não disponível no modo de linhas; /chats NOME abre uma conversa
lines-no-choosing = Não dá para selecionar mensagens no modo de linhas; /copy copia a última, /open abre o link dela
lines-search = Digite /search PALAVRAS
lines-no-clearing = Use o terminal para limpar a tela
list-settings = configuração: { $key } = { $value }: { $about }

# Avisos
ignored-several = { $count } publicações ignoradas; as primeiras estão no log
has-written = { $author } escreveu
store-failing = Não foi possível gravar o histórico: { $why }
connected = Conectado a { $broker }
not-connected = Sem conexão: { $why }
remote-leaves = O papo foi fechado; seu pedido continua quando ele abrir de novo
list-so-far = A lista pode estar incompleta: o broker não enviou tudo a tempo
list-last-known = A lista é o que o papo sabia na última conexão
status-online = on-line
status-connecting = conectando
status-offline = Sem conexão
status-not-running = o papo não está aberto
status-users = { $online } de { $count } usuários on-line
status-groups =
    { $count ->
        [one] em 1 grupo
       *[other] em { $count } grupos
    }
remote-other-broker = O papo aberto usa { $used }, não { $named }: deixe de fora --broker (ou PAPO_BROKER), ou feche esse papo
input-failed = Não é possível ler a entrada padrão: { $why }
input-unanswered = A entrada terminou antes de uma resposta a: { $question }
input-unsent =
    { $count ->
        [one] 1 mensagem não foi enviada a tempo; o papo a envia quando abrir de novo
       *[other] { $count } mensagens não foram enviadas a tempo; o papo as envia quando abrir de novo
    }
needs-terminal = não há terminal de onde ler as teclas; papo --linear lê linhas de um pipe, e papo send e papo tail servem a scripts
setup-no-input = o papo ainda não tem um ID; acrescente o seu à linha de comando, como em papo --linear ID
request-is-open = Você já tem uma conversa aberta com { $user }
request-is-open-here = Você já tem uma conversa com { $user }; { $key } a abre
reloaded = Configuração recarregada; as configurações de conexão valem após reiniciar
set-done = { $key } = { $value }
set-done-restart = { $key } = { $value } · vale após reiniciar
set-is = { $key } = { $value }
set-is-one-of = { $key } = { $value } (opções: { $words })
setting-unset = (não definido)
setting-unknown = Não existe a configuração { $key }; quis dizer { $nearest }?
setting-none = Não existe a configuração { $key }; /settings mostra todas
setting-not-allowed = { $key } não pode ser { $value }; opções: { $allowed }
setting-out-of-range = { $key } deve ser um número de { $least } a { $most }
not-sent = Mensagem não enviada: { $failure }; veja /outbox
group-unknown-to-broker = O broker não conhece #{ $group }; as mensagens esperam até quem lidera ficar online
group-name-taken = Outro grupo tem o nome #{ $group } neste broker; as mensagens para o seu esperam
properties-lost = As publicações de { $user } chegam sem as propriedades do papo, portanto sem confirmações; uma ponte entre brokers pode estar usando MQTT 3.1.1
group-replaced = Outro grupo tem agora o nome #{ $group }; aquele em que você estava acabou
group-was-earlier = Outra pessoa criou #{ $group } antes; o papo pediu para entrar
lead-is-yours = Agora você lidera #{ $group }
lead-was-taken = { $leader } assumiu #{ $group } enquanto você estava fora
answer-chat-yes = { $who } aceitou seu pedido para conversar
answer-chat-no = { $who } recusou seu pedido para conversar
answer-join-yes = Agora você está em #{ $group }
answer-join-no = { $who } recusou seu pedido para entrar em #{ $group }
answer-invite-yes = { $who } aceitou seu convite para #{ $group }
answer-invite-no = { $who } recusou seu convite para #{ $group }
answer-lead-yes = Agora { $who } lidera #{ $group }
answer-lead-no = { $who } devolveu a você a liderança de #{ $group }
id-elsewhere = { $me } está em uso em outro dispositivo; /reconnect retoma o ID

# A caixa de saída
outbox-other-prefix = escrita com outro prefixo de tópico
outbox-request = pedido para conversar
outbox-accepted = aceitação
outbox-denied = recusa
outbox-cancelled = pedido cancelado
outbox-invite = convite para #{ $group }
outbox-receipt = confirmação de entrega
outbox-disbanded = fim do grupo
outbox-record = registro do grupo
outbox-enter = pedido para entrar
outbox-leave = aviso de que você saiu
outbox-joined = aviso de que você entrou
outbox-presence = presença
outbox-empty = Caixa de saída vazia: tudo foi enviado
outbox-no-chat = Isto não pertence a nenhuma conversa; o papo envia sozinho
outbox-only-text = Só texto pode ser editado
earlier-message = uma mensagem anterior

# Perguntas e campos
prompt-chat-with = Iniciar conversa com (ID)
prompt-new-group = Novo grupo (nome)
prompt-invite-to = Convidar para #{ $group } (ID)
prompt-invite-user = Convidar { $user } para (grupo)
prompt-login-name = Usuário para este broker
prompt-password = Senha de { $user }, só para esta execução
prompt-no-name = É preciso um usuário
prompt-no-password = É preciso uma senha
prompt-other-name = { $key }: outro usuário
prompt-to-password = { $key }: senha
prompt-logging-in = Fazendo login…
prompt-logged-in = Conectado. Esc fecha esta janela.
prompt-throttled = Falhas de login demais. O papo tenta o último de novo em { $seconds } s; você também pode digitar outra senha.
login-missing = este broker pede um login
login-wrong = usuário ou senha errados
login-not-allowed = o broker recusa este usuário
login-too-many = falhas de login demais
login-declined = Login fechado; /reconnect pede de novo
login-enter = Enter: fazer login · Esc: fechar
login-enter-name = Enter: ir para a senha · Esc: fechar
login-refused-follows = { $why }; está na caixa de saída, e o papo envia quando o broker aceitar o login
prompt-that-is-you = Esse é você
prompt-group-exists = #{ $group } já existe
question-pinned = { $question } Enter de novo
question-typed = { $question } Digite { $word } e Enter
question-after-yes = “{ $text }” não confirma nada. { $question }
question-request = Pedir a { $user } para conversar?
question-request-unseen = Pedir a { $user } para conversar? Ninguém viu este ID.
question-request-again = Você já pediu a { $user }. Pedir mais uma vez?
question-request-accept = { $user } também quer conversar. Aceitar?
question-join = Pedir a { $leader } para entrar em #{ $group }?
question-join-invited = Aceitar o convite para #{ $group }?
question-create = Criar #{ $group }?
question-invite = Convidar { $user } para #{ $group }?
question-drop = Descartar “{ $what }” para { $to }?
question-send = Esta conversa acabou de vir para a frente. Enviar a { $name }? Enter envia
question-send-typed-in = Enviar a { $name }? As teclas eram { $place } quando você digitou isto. Enter envia
question-send-named = Enviar a { $name }? Você acabou de citar { $named }. Enter envia
question-send-left = Enviar a { $name }? Sua linha a { $left } ainda não foi enviada. Enter envia
question-send-reply = Enviar isto como resposta a { $name }? O { $key } antes era uma tecla. Enter envia
question-send-edit = Enviar isto como edição a { $name }? O { $key } antes era uma tecla. Enter envia
question-send-answered = Enviar “{ $text }” a { $name }? Isso cancelou a pergunta anterior. Enter envia
question-run = { $name } acabou de vir para a frente. Executar { $command } aqui? Enter executa
question-literal = Enviar { $text } a { $name } como mensagem? Enter de novo (comandos começam com /)
question-literal-word = Enviar “{ $text }” a { $name } como mensagem? Enter de novo (o comando é { $command })
cancelled = Cancelado: { $question }
cancelled-request = Pedido não feito: { $user }
cancelled-join = Entrada não pedida: #{ $group }
key-none = { $key } não tem função; { $help } mostra todas as teclas
line-left = Sua linha fica na conversa { $name }; Ctrl-← e Ctrl-→ andam por palavra
cancelled-send = Não enviado a { $name }
cancelled-run = Não executado: { $command }
cancelled-answer = Sem resposta: { $what }
cancelled-withdrawal = Não cancelado: { $what }
click-request = { $user } selecionado; para pedir uma conversa: { $keys }, ou /request { $user }
click-join = #{ $group } selecionado; para entrar: { $keys }, ou /join { $group }
click-inbox = Pedido selecionado; para aceitar: { $keys }
click-keys = { $focus }, depois { $key }
question-quit = Sair do papo?
question-quit-hosting = { $who } Sair e encerrá-lo?
question-suspend-hosting = { $who } Suspender e pará-lo?
question-paste = Colar { $count } linhas?
question-accept = Aceitar: { $what }?
question-deny = Recusar: { $what }?
question-withdraw = Cancelar seu pedido para { $what }?
question-withdraw-invitation = Cancelar seu convite a { $who } para #{ $group }?
question-deny-all =
    { $count ->
        [1] Recusar o pedido pendente?
       *[other] Recusar todos os { $count } pedidos pendentes?
    }
question-disband = Dissolver #{ $group } para todos os membros?
question-leave = Sair de #{ $group }?
question-remove = Remover { $user } de #{ $group }?
question-hand-over = Passar a liderança de #{ $group } a { $user }?
question-forget = Apagar a presença de { $user } no broker, para todos?

# O que o papo ignorou, recusou ou fez
overlooked-blocked = Ignorada uma publicação de um usuário que você bloqueou
overlooked-nameless = Ignorada uma mensagem de controle sem remetente
overlooked-outside = Ignorada uma mensagem em uma sessão que já terminou para você
overlooked-own = Ignorada uma publicação que indica você como remetente
overlooked-repeated = Ignorada uma publicação repetida
overlooked-other-owner = Ignorada uma mensagem de controle para { $owner }
overlooked-other-device = Ignorada uma mensagem de controle sobre o que outro dispositivo seu escreveu em { $id }
overlooked-no-chat = Ignorada uma mensagem de controle sobre { $id }, que não é uma conversa aberta sua com o remetente
overlooked-unwritten = Ignorada uma confirmação da sua mensagem { $n } em { $id }, que você ainda não escreveu
overlooked-unasked = Ignorada uma recusa de { $from }, que não responde a nenhum pedido seu
overlooked-not-led = Ignorado um pedido sobre #{ $group }, que você não lidera
overlooked-in-already = Ignorado um convite para #{ $group }, em que você já está
overlooked-paced = Ignorado um pedido do registro de #{ $group }, que acabou de ser enviado
overlooked-no-member = Ignorada uma publicação sobre #{ $group } de alguém que não consta no registro do grupo
overlooked-no-group = Ignorada uma publicação sobre #{ $group }, um grupo desconhecido
overlooked-created = Ignorada a criação de #{ $group }, um grupo que já existe
overlooked-copy = Ignorada uma cópia de novidades de #{ $group }, destinada a clientes que não leem o registro do grupo
overlooked-outdated = Ignorado um registro antigo de #{ $group }
overlooked-old-presence = Ignorada uma presença antiga de { $user }
ignored-publication = Ignorada uma publicação: { $error }
ignored-forged = Ignorada uma publicação em nome de outra pessoa que não o remetente
ignored-own-control = Ignorada uma mensagem de controle que indica você como remetente
retained-there = O broker retém uma mensagem em { $topic }; o papo a mostra uma vez
ignored-stranger = Ignorada uma mensagem em { $id } de alguém que não participa
ignored-no-author = Ignorada uma mensagem em { $id } que não diz quem a escreveu
ignored-record = Ignorado um registro de #{ $group } que não é do líder
ignored-end = Ignorado o fim de #{ $group }, que não veio do líder
full-groups = Lista de grupos cheia: #{ $group } não aparece
full-users = Lista de usuários cheia: { $id } não aparece
full-inbox = Entrada cheia: o pedido de { $who } foi descartado
full-inbox-of-one = { $limit } pedidos de { $who } estão pendentes: mais um foi descartado
block-list = Bloqueados: { $users }. /unblock ID desfaz isso
block-none = Você não bloqueou ninguém
send-blocked = Você bloqueou { $user }. Para escrever, digite /unblock { $user }
user-blocked = ⊘ bloqueado
block-self = Você não pode bloquear a si mesmo
block-already = { $user } já está bloqueado
block-done = { $user } foi bloqueado: pedidos e mensagens para você são ignorados; a conversa continua aqui. /unblock { $user } desfaz isso
unblock-not = { $user } não está bloqueado
unblock-done = { $user } foi desbloqueado: as sessões abertas continuam, com o que foi escrito nesse meio-tempo
send-end-alone = Uma mensagem só com END encerra a sessão; não pode ser uma resposta
send-no-conversation = Essa conversa não existe
send-length = Mensagem longa demais: o limite é { $limit } bytes
copy-tmux = Não copiado: o tmux recusou ({ $why })
send-blank = A mensagem está vazia
session-closed = Esta sessão terminou: vocês dois a encerraram
group-left = Você saiu deste grupo
group-removed = Você foi removido deste grupo
group-disbanded = Este grupo foi encerrado
create-offline = Sem conexão: o papo não consegue verificar se o nome do grupo está livre. Tente de novo quando houver conexão.
create-exists = #{ $group } já existe e { $leader } o lidera; peça para entrar
join-none = Não existe o grupo #{ $group }; você pode criá-lo
join-none-offline = #{ $group } não é conhecido aqui; o papo está off-line, por isso ele pode existir
join-in-already = Você já está em #{ $group }
join-in-already-here = Você já está em #{ $group }; { $key } o abre
join-asked-away = Pedido feito a { $leader } (off-line) para entrar em #{ $group }
join-asked = Pedido feito a { $leader } para entrar em #{ $group }
join-accepted-away = Aceito: você entra em #{ $group } quando { $leader } (off-line) confirmar
join-accepted = Aceito: você entra em #{ $group } quando { $leader } confirmar
join-accepted-nobody = Aceito: você entra em #{ $group } quando quem lidera confirmar
join-asked-nobody = Pedido feito para entrar em #{ $group }; ainda não se sabe quem lidera
invite-only-members = Só membros de #{ $group } podem convidar
member-already = { $user } já está em #{ $group }
invited = { $user } foi convidado para #{ $group }
member-not = { $user } não é membro de #{ $group }
removed = { $user } foi removido de #{ $group }
lead-handed = A liderança de #{ $group } foi passada a { $user }, que pode devolvê-la
group-not-in = Você não está em #{ $group }
leave-leader = Você lidera #{ $group }: passe a liderança ou dissolva o grupo primeiro
left = Você saiu de #{ $group }
disbanded = #{ $group } foi dissolvido
removed-from = { $leader } removeu você de #{ $group }
disbanded-by = { $leader } dissolveu #{ $group }
only-leader = Só o líder de #{ $group } pode fazer isso
member-new = { $user } entrou em #{ $group }
lead-given-back = A liderança de #{ $group } foi devolvida a { $peer }
lead-former-gone = O líder anterior saiu de #{ $group }: passe a liderança a outra pessoa ou dissolva o grupo
claim-own = Você já lidera #{ $group }
claim-offline = Sem conexão: o papo não sabe se { $leader } está aqui
claim-not-allowed = Você não pode assumir #{ $group }: neste broker, só o líder pode passar a liderança
claim-seen = { $leader } lidera #{ $group } e foi visto nos últimos { $days } dias
claim-first = Só o primeiro membro de #{ $group }, { $first }, pode assumir a liderança
nobody = ninguém
forget-self = Você não pode esquecer a si mesmo
forget-not-connected = Sem conexão: para esquecer { $user } é preciso estar conectado ao broker
forget-too-early = O broker ainda está enviando a lista de usuários; tente esquecer { $user } de novo
forget-online = { $user } está on-line; só se esquece um usuário que se foi de vez
forget-unknown = O broker não tem a presença de { $user }
forget-not-allowed = O broker não deixa você esquecer { $user }; talvez só { $user } possa mudar essa presença
forget-refused = { $user } não foi esquecido: { $why }
forget-cut = Não se sabe se { $user } foi esquecido: a conexão caiu antes da resposta do broker; tente de novo
forgotten = { $user } foi esquecido; volta à lista se conectar de novo
forgotten-stays = A presença de { $user } foi apagada, mas continua na lista por causa de uma conversa, pedido, grupo ou bloqueio
publication-refused = Não enviado a { $to } ({ $what }): { $why }
group-refused = Não foi possível criar #{ $group }: { $why }
group-not-allowed = Não foi possível criar #{ $group }: o broker recusou. O nome pode estar em uso, ou esteve até um minuto atrás
drop-only-waiting = Só uma mensagem em espera ou recusada pode ser descartada
outbox-no-such = A caixa de saída não tem essa mensagem
outbox-by-itself = O papo envia isto sozinho assim que o broker aceitar
outbox-unreadable = Esta mensagem está danificada e não pode ser enviada; escreva de novo
outbox-chat-over = Esta conversa terminou; a mensagem só pode ser descartada
request-self = Você não pode pedir a si mesmo para conversar
request-again = Pedido feito de novo a { $user }
request-done = Pedido para conversar feito a { $user }
withdraw-only-own = Você só pode cancelar seus próprios pedidos pendentes
withdraw-lead = A liderança de #{ $group } já foi passada; só o novo líder pode devolvê-la
request-answered = Este pedido não está pendente
end-done = Você propôs encerrar esta sessão; sua próxima mensagem aqui retira a proposta
end-already = Você propôs encerrar esta sessão; ela termina quando a outra pessoa concordar
session-not-open = Esta conversa terminou

# A conversa
chat-none-in-front = Nenhuma conversa ativa. { $key } vai até { $name }.
chat-none = Nenhuma conversa aberta. { $users } vai para os usuários, { $groups } para os grupos; Enter abre um.
chat-empty = Nenhuma mensagem ainda. Escreva abaixo e tecle Enter.
chat-ask = /request ID pede a alguém para conversar, /help mostra mais
chat-write-plain = Escreva para { $name } (não usa o papo: sem confirmação de entrega)
chat-draft-aside = Seu rascunho está à parte; { $key } traz de volta
chat-write = Escreva para { $name }
chat-write-beside = { $key } vai para { $name }
chat-closed = Nenhuma sessão aberta. Uma mensagem pede a { $name } para conversar
chat-left = Você saiu deste grupo.
chat-removed = O líder removeu você deste grupo.
chat-disbanded = Este grupo foi encerrado.
message-unreadable = mensagem danificada
session-of = sessão de { $began }
messages-below = ↓ mais recentes
messages-new =
    { $count ->
        [1] { $count } nova
       *[other] { $count } novas
    }
looks-like = parece { $known }
user-looks-like = { $id } (parece { $known })
message-edited = (editada)
message-empty = (mensagem vazia)
message-foreign = { "[" }{ $content_type }, { $size } bytes: esta versão não consegue mostrar]
message-dropped = descartada
message-failed = ✗ não entregue: { $why }
end-by-me = — você propôs encerrar esta sessão —
end-by-peer = — { $author } propôs encerrar esta sessão —
end-by-peer-now = — { $author } propôs encerrar esta sessão. /end { $author } aceita; você também pode continuar a escrever —
message-end = propôs encerrar esta sessão
changes = — { $changes } —
changes-next = { $changes }; { $next }
change-created = você criou o grupo
change-joined =
    { $count ->
        [one] { $who } entrou no grupo
       *[other] { $who } entraram no grupo
    }
change-left =
    { $count ->
        [one] { $who } saiu do grupo
       *[other] { $who } saíram do grupo
    }
change-removed =
    { $count ->
        [one] { $who } foi removido pelo líder
       *[other] { $who } foram removidos pelo líder
    }
change-gone =
    { $count ->
        [one] { $who } não está mais no grupo
       *[other] { $who } não estão mais no grupo
    }
change-joined-left =
    { $count ->
        [one] { $who } entrou e saiu
       *[other] { $who } entraram e saíram
    }
change-joined-removed =
    { $count ->
        [one] { $who } entrou e foi removido pelo líder
       *[other] { $who } entraram e foram removidos pelo líder
    }
change-joined-gone =
    { $count ->
        [one] { $who } entrou e não está mais no grupo
       *[other] { $who } entraram e não estão mais no grupo
    }
change-rejoined =
    { $count ->
        [one] { $who } entrou de novo
       *[other] { $who } entraram de novo
    }
change-leads = { $who } lidera o grupo agora
change-disbanded = o grupo foi dissolvido
change-refused = o broker recusou o grupo
list-comma = { $names }, { $next }
list-and = { $names } e { $last }
list-more = { $names } e mais { $count }
writing-reply = resposta a { $author }
writing-edit = edição
mode-normal = NORMAL
sent-search = buscar nas linhas enviadas: { $words }
sent-search-failed = não está nas linhas enviadas: { $words }
held-replaced = ↑ traz de volta a linha
writing-stops = ({ $key } cancela)
typing-one = { $who } está digitando…
typing-two = { $who } e { $other } estão digitando…
typing-several = { $count } estão digitando…

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
group-asked-away = (pedido feito; ★ off-line)
group-asked = (pedido feito)
users-empty = Nenhum usuário ainda. Tecle { $key } para conversar com alguém cujo ID você conhece.
user-plain = simples
user-me = você
user-typing = digitando…
inbox-empty = Nenhum pedido pendente ({ $history }: histórico, { $confirmations }: enviados)
inbox-history-empty = Nenhum pedido ainda ({ $key }: voltar)
inbox-topic = tópico { $topic }
inbox-confirmations-empty = Nenhum pedido enviado ainda ({ $key }: voltar)
inbox-history = histórico
inbox-confirmations = enviados
inbox-chat = { $peer } quer conversar
inbox-my-chat = conversar com { $peer }
inbox-invite = { $peer } convida você para #{ $group }
inbox-lead = { $peer } passou #{ $group } a você
inbox-session = { $peer } escreve em uma conversa desconhecida

# O cabeçalho
header-not-saved = ✗ não é possível gravar: { $why }
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
header-outbox = a enviar { $count }

# Abas
phase-open = aberta
phase-ending = encerrando
phase-ended = encerrada
phase-left = saiu
phase-removed = removido
phase-disbanded = encerrado

# Sobre os painéis
confirm-enter = Enter: confirmar · Esc: cancelar
members-title = Membros { $count }
members-leads = ★ lidera
details-title = Dados da mensagem
details-changes = Mudanças no grupo
details-by = de
details-on = em
details-session = sessão
details-session-began = começou { $began }, { $state }
details-edited = editada depois
details-earlier = textos anteriores, cada um com a hora da edição:
details-clock = ~ hora da chegada: o relógio de quem enviou está errado em mais de um dia
details-answers = responde a
details-edits = edita
details-failed = falhou
details-plain = sem informação de entrega
details-reached = recebida por { $count } de { $of }
details-read = leu
details-has = recebeu
details-has-not = ainda não recebeu
chats-title = Conversas
chats-none = nenhuma conversa com esse nome
chats-count =
    { $count ->
        [1] { $count } conversa
       *[other] { $count } conversas
    }
chats-placeholder = Digite para filtrar
palette-title = Ir para
palette-none = nenhum resultado
palette-what = conversas, usuários, grupos, ações, configurações, comandos
palette-placeholder = Digite para filtrar
palette-chat = conversa
palette-online = on-line: pedir para conversar
palette-user = pedir para conversar
palette-group = pedir para entrar
search-title = Busca em { $place }
search-placeholder = Palavras a buscar
search-case = Ignora maiúsculas e acentos; use aspas para distinguir acentos
search-then =
    { $count ->
        [1] { $count } resultado, depois falhou: { $why }
       *[other] { $count } resultados, depois falhou: { $why }
    }
search-latest = os { $count } mais recentes
search-nothing = nenhum resultado
search-found =
    { $count ->
        [1] { $count } resultado
       *[other] { $count } resultados
    }
search-looking =
    { $count ->
        [1] { $count } resultado, buscando…
       *[other] { $count } resultados, buscando…
    }
search-widen = { $found }   { $key }: buscar em todas as conversas
search-narrow = { $found }   { $key }: buscar só nesta conversa
messages-count =
    { $count ->
        [1] { $count } mensagem
       *[other] { $count } mensagens
    }
help-title-more = Teclas e comandos, ↓ para mais
help-title = Teclas e comandos
help-tabs = primeira à { $last }
help-commands = comandos
help-vim = depois de : no modo normal
help-settings = configurações
settings-title = Configurações
settings-title-more = Configurações, ↓ para mais
settings-restart = Vale após reiniciar.
setting-keymap = Teclas: as padrão, ou as do vim depois de Esc
setting-theme = Cores, de acordo com o fundo do terminal
setting-language = Idioma: auto, en, pt-BR, ou um arquivo seu
setting-inbox = Ordem da entrada
setting-side = Lado das listas
setting-width = Largura das listas, em colunas
setting-hide = Listas ocultas enquanto não têm o foco: users, groups, inbox ou none
setting-mouse = Usar o mouse
setting-typing = Mostrar aos outros que você está digitando
setting-linear = Imprimir linha por linha, para leitores de tela
setting-escape-wait = Espera pelo resto de uma sequência de teclas, em milissegundos
setting-notify-by = Como o papo notifica enquanto você olha para outro lugar
setting-notify-talks = Quais mensagens de conversas a dois notificam
setting-notify-groups = Quais mensagens de grupos notificam
setting-notify-content = Mostrar a mensagem na notificação
setting-broker = Endereço do broker: mqtt://HOST[:PORTA], mqtts://, ws://, wss:// ou unix:///CAMINHO; para um cluster vários, separados por espaços
setting-embedded-broker = Iniciar um broker se não houver um nesta máquina
setting-topic-prefix = Prefixo de todos os tópicos; todos precisam do mesmo
setting-session-expiry = Dias em que o broker guarda mensagens para você
setting-leader-gone = Dias após os quais um líder ausente pode ser substituído
setting-presence-expiry = Segundos após os quais você deixa de constar como online sem sinal seu
setting-directory-limit = Até este número, o papo acompanha todos os usuários e grupos; acima dele, só os seus
setting-user = Nome de usuário no broker
setting-password-command = Comando que imprime a senha
setting-password-file = Arquivo que contém a senha
setting-password-keyring = Obter a senha do chaveiro do desktop
setting-ca-file = CA em que confiar em vez das do sistema, em PEM
setting-cert-file = Seu certificado de cliente, em PEM
setting-key-file = A chave do seu certificado de cliente, em PEM
setting-default-profile = Perfil que o papo abre sem um ID
help-filter = Digite para filtrar
help-none = nenhum resultado
help-aliases = seus aliases
help-also = também
whois-state = estado
whois-client = cliente
whois-client-papo = papo
whois-client-plain = cliente simples: não envia confirmações
whois-seen = visto
whois-blocked = bloqueado
whois-blocked-yes = sim; /unblock { $user } desfaz
whois-groups = grupos
whois-session = sessão
whois-session-open = { $topic }, aberta desde { $at }
whois-session-ended = { $topic }, de { $at }, encerrada
whois-leader = líder
whois-members = membros
whois-topic = tópico
whois-none = nenhum
whois-me = é você
log-empty = Nenhum aviso ainda.
log-title = Avisos
outbox-title = Caixa de saída
outbox-waits = em espera
outbox-waits-because = em espera: { $why }
outbox-group-unknown = o broker ainda não conhece o grupo
outbox-name-taken = outro grupo tem o nome
setup-title-more = papo, PgUp para mais
setup-keys-only = Enter: começar · Esc: sair
setup-keys-fixed = Enter: começar como { $id } · Tab: editar o ID · Esc: sair
setup-keys-fixed-next = Enter: avançar · Tab: editar o ID · Esc: sair
setup-keys-next = Enter: avançar · Tab: outro campo · Esc: sair
setup-keys-last = Enter: começar · Tab: outro campo · Esc: sair

# No modo de linhas
lines-not-saved = não é possível gravar: { $why }
lines-saved-again = a gravação voltou a funcionar
lines-online = { $user } está on-line
lines-offline = { $user } está off-line
lines-delivered = entregue a { $name }
lines-fit = { $count } opções: { $words }
lines-warning = aviso: { $error }
lines-before = mensagens anteriores ({ $count }):
lines-before-end = fim das mensagens anteriores
list-users-empty = usuários: nenhum ainda. /request ID pede a alguém cujo ID você conhece
list-groups-empty = grupos: nenhum ainda. /group new NOME cria um
list-inbox-empty = entrada: nenhum pedido ainda
list-chats-empty = conversas: nenhuma ainda. /request ID pede a alguém para conversar
list-chats-none = conversas: nenhum resultado
list-log-empty = avisos: nenhum ainda
list-nothing = nada
list-commands = comandos:
list-keys = teclas:
list-asked-chat = conversar com { $who }
list-asked-join = entrar em #{ $group }, de { $who }
list-asked-invite = convidar { $who } para #{ $group }
list-asked-lead = passar a liderança de #{ $group } a { $who }
list-outbox-help = caixa de saída: /resend N reenvia uma mensagem, /edit N a edita, /drop N a descarta
lines-word-or-no = { $word } ou { $no }?
lines-question-cancels = qualquer outra coisa cancela
lines-held = { $name } (não enviado)
label-warning = aviso
label-error = erro
label-request = pedido
label-answer = resposta
label-question = pergunta
lines-as-of = lista das { $time }
lines-no-chat = nenhuma conversa aberta. /request ID pede a alguém para conversar, /chats lista todas, /help mostra mais
lines-hello = papo: você é { $me }, em { $broker }. /help lista comandos e teclas
lines-unread = não lidas: { $count } em { $name }. /chats { $name } abre a conversa
lines-connecting = conexão: conectando
lines-connected = conexão: on-line
lines-reconnecting = conexão: off-line, o papo continua tentando: { $why }
lines-stopped = conexão: parada: { $why }
lines-login = login: digite a senha e pressione Enter; ela não aparece. { $key }: outro usuário, Esc: fechar
lines-login-name = login: digite o usuário e pressione Enter. { $key }: senha, Esc: fechar
lines-deaf = conexão: on-line, mas { $why }
you = você
lines-leaderless = sem líder
lines-led-by = liderado por { $leader }
lines-with = { $leader }, com { $members }
lines-not-seen = ainda não visto
lines-opened = conversa: { $name } está aberta. /chats { $name } mostra
lines-both-ended = a sessão terminou
lines-left = você saiu
lines-removed = o líder removeu você
lines-disbanded = o grupo foi encerrado

# As palavras para sim e não, com espaços entre elas. A primeira é mostrada.
answers-yes = sim s yes y
answers-no = não nao n no

# A primeira página
welcome = Olá, { $me }. Seu broker é { $broker }.
welcome-left = À esquerda: usuários, grupos e pedidos
welcome-left-more =
    { $users } vai aos usuários: Enter pede a um deles para conversar, { $start } inicia uma conversa por ID. { $groups } vai aos grupos: { $new } cria um. { $inbox } vai à entrada, onde ficam os pedidos feitos a você até que os aceite ({ $accept }) ou recuse ({ $deny }).
welcome-right = À direita: suas conversas, uma aba para cada
welcome-right-more =
    { $chat } vai ao campo de texto, { $send } envia. … quer dizer gravada no seu disco, ✓ aceita pelo broker, ✓✓ entregue. Uma linha que começa com / é um comando, como /help ou /quit.
welcome-anywhere = Em qualquer lugar
welcome-anywhere-more =
    { $go_to } vai a qualquer coisa pelo nome, { $help } mostra todas as teclas, { $quit } sai. A última linha mostra as teclas que funcionam onde você está.
welcome-title-more = papo, ↓ para mais
welcome-close = { $close } fecha esta página; /welcome a mostra de novo.
setup-welcome = O papo é um mensageiro cujo único servidor é um broker MQTT.
setup-id-rule = Os outros escrevem a você pelo seu ID, por isso ele precisa ser único no broker. Use letras, dígitos, . e -, por exemplo o seu nome.
setup-id = Seu ID:
setup-broker = Broker, HOST ou mqtt://HOST:PORTA. Se nenhum roda nesta máquina, o papo inicia o seu aqui:
setup-broker-short = Broker:
setup-leaves = Esc sai.
setup-new = Começar como o novo usuário { $id }? Este ID é novo nesta máquina.
setup-new-near = Começar como o novo usuário { $id }? Quis dizer papo { $command }?
setup-is-open = O papo já está aberto como { $id }.
setup-is-open-another = O papo já está aberto como { $id }. Escolha outro ID para abrir um segundo.

# Perguntas sobre o broker que este papo roda
hosting-others =
    { $count ->
        [1] { $count } outro usuário está conectado ao broker que este papo roda.
       *[other] { $count } outros usuários estão conectados ao broker que este papo roda.
    }

# Mais das listas
users-title = Usuários
groups-title = Grupos
inbox-title = Entrada
users-online = { $online }/{ $all } on-line
users-online-short = { $count } on-line
users-online-as-of = { $online } de { $all } on-line às { $time }
users-as-of = { $online }/{ $all } às { $time }
users-as-of-short = { $count } às { $time }
list-as-of = às { $time }

# Estados de um pedido
answer-none = pendente
answer-accepted = aceito
answer-denied = recusado
answer-withdrawn = cancelado
answer-ignored = ignorado

# Mais no modo de linhas
or = ou
presence-online = on-line
presence-offline = off-line
presence-unknown = desconhecido
lines-broker = broker:
lines-id = seu ID:
lines-chat = conversa: { $name }{ $about }
lines-plain = não usa o papo
lines-active = aberta
lines-arrived = chegou { $at }
lines-failed = não entregue: { $why }
list-user = usuário: { $user }, { $about }
list-group = grupo: #{ $group }, { $about }
list-inbox = entrada: { $what }
list-outbox = caixa de saída { $number }: para { $to }: { $what } ({ $state })
list-found = resultado: { $message }
list-search = busca: { $found }
list-hits-above = os { $count } mais recentes estão acima
outbox-refused = recusada: { $why }
search-more = mais de { $count } resultados

# Por que uma mensagem não foi enviada
damaged-left-out =
    { $count ->
        [1] Uma mensagem está danificada e ficou de fora; papo check mostra qual.
       *[other] { $count } mensagens estão danificadas e ficaram de fora; papo check mostra quais.
    }
history-none = Não existe a conversa { $name }; omita o nome para obter todas
refused-not-allowed = o broker não permite
refused-topic = o broker não aceita o tópico
refused-content = o broker não aceita o conteúdo
refused-too-large = é maior do que o broker aceita
refused-quota = um limite do broker foi atingido
refused-not-in-group = o grupo foi encerrado ou você não está mais nele

# O que um nome pode ser
name-empty = um nome precisa de pelo menos um caractere
name-too-long = um nome tem no máximo { $longest } caracteres
name-start = um nome começa com uma letra ou um dígito
name-character = { $character } não é permitido em um nome: use letras, dígitos, . e -
name-invisible = { $character } é invisível e não é permitido em um nome
name-reserved = esta palavra é reservada pelo protocolo
name-form = um nome precisa estar na forma normal C do Unicode

# Por que não há conexão
reason-nobody-there = nada escuta em { $what }; inicie um broker: { $command }
reason-nobody-there-remote = nada escuta em { $what }; verifique o endereço ou inicie um broker ali
reason-host-not-found = host { $what } não encontrado; verifique a grafia e a rede
reason-no-interface = esta máquina não tem a interface de rede { $what }; verifique o que vem depois do % no endereço do broker
reason-no-zone = { $what } tem um endereço de enlace local; acrescente a interface, como em mqtt://[fe80::1%25eth0]
reason-unreachable = { $address } está inacessível: { $detail }; verifique a rede
reason-not-mqtt = o servidor em { $what } não é um broker MQTT; verifique o host e a porta
reason-no-socket = não existe o socket { $what }; verifique se o broker está rodando e escuta ali
reason-forbidden = sem permissão para { $what }; fale com quem administra o broker
reason-no-tls = o servidor em { $what } não fala TLS; use mqtt:// ou ws://, ou verifique a porta
reason-unknown-issuer = o certificado de { $what } vem de uma CA desconhecida; defina ca_file com o certificado da CA
reason-expired = o certificado de { $what } expirou; peça a quem administra o broker que o renove
reason-not-yet-valid = o certificado de { $what } ainda não é válido; verifique os relógios
reason-wrong-name = o certificado de { $address } é para { $names }; use um desses nomes no endereço do broker
reason-bad-certificate = o certificado de { $address } não é confiável: { $detail }
reason-certificate-wanted = o broker exige um certificado de cliente; defina cert_file e key_file
reason-certificate-refused = o broker não aceita o seu certificado; verifique cert_file e key_file
reason-tls = sem conexão TLS com { $address }: { $detail }
reason-no-websocket = { $address } não oferece MQTT por WebSocket ({ $detail }); verifique a porta e o caminho
reason-hung-up = { $what } fechou a conexão sem responder; talvez não fale { $protocol }, ou seja um balanceador de carga sem nenhum broker no ar atrás dele
reason-old-mqtt-only = o broker não fala MQTT 5, de que o papo precisa; atualize-o ou use outro
reason-client-id-refused = o broker recusa o ID de cliente { $what }; escolha outro perfil ou ID
reason-login-required = este broker pede um login: defina user e password_command, ou PAPO_USER e PAPO_PASSWORD
reason-too-many-attempts = falhas de login demais; espere cerca de um minuto antes da próxima tentativa
reason-bad-credentials = o broker não aceita este usuário ou senha; verifique ambos
reason-not-authorized = o broker recusa este usuário; verifique usuário, senha e regras de acesso
reason-banned = o broker baniu este cliente; fale com quem o administra
reason-authentication-method = o broker exige um método de login que o papo não conhece; fale com quem o administra
reason-refused = o broker recusa a conexão ({ $what }); fale com quem o administra
reason-busy = o broker está ocupado ou não está pronto ({ $what })
reason-no-retain = o broker não oferece mensagens retidas, de que o papo precisa; habilite-as ou use outro broker
reason-no-qos-one = o broker não oferece QoS 1, de que o papo precisa; habilite-o ou use outro broker
reason-no-receive-maximum = o broker anuncia um receive maximum de 0, e assim o papo não pode enviar nada; aumente-o ou use outro broker
reason-packet-limit = o broker aceita pacotes de até { $most } bytes, e o papo precisa de { $least }; aumente o limite ou use outro broker
reason-taken-over = outro cliente se conectou com o mesmo ID; verifique se o papo está rodando em outro lugar
reason-taken-again = outro cliente fica se conectando com o mesmo ID; encerre-o ou escolha outro ID
reason-in-use = este ID está em uso em outro dispositivo
reason-repeatedly-aborted = o broker fecha a conexão sempre pouco depois de começar; verifique se este ID está em uso em outro lugar
reason-closed = o broker ou a rede fechou a conexão
reason-ended-by-broker = o broker fechou a conexão ({ $what })
reason-no-answer = { $what } não responde; verifique a rede e se é um broker MQTT
reason-packet-too-large = uma mensagem era maior do que o combinado com o broker
reason-violation = o broker violou o MQTT 5 ({ $what })
reason-asked = reconectando a pedido
reason-resting = sem conexão enquanto o papo está suspenso
code-server-unavailable = servidor indisponível
code-server-busy = servidor ocupado
code-quota-exceeded = cota excedida
code-connection-rate-exceeded = conexões demais de uma vez
code-message-rate-too-high = mensagens demais de uma vez
code-unspecified-error = sem motivo informado
code-server-moved = ele mudou de endereço
code-not-authorized = ele não permite uma publicação ou assinatura
code-server-shutting-down = ele está sendo desligado
code-keep-alive-timeout = tempo de keep-alive esgotado
code-administrative-action = por ordem de quem o administra
code-maximum-connect-time = tempo máximo de conexão atingido
stopped = { $why } ({ $helps })
stopped-takes = /reconnect retoma o ID
stopped-watches = /reconnect retoma o ID; o papo se conecta quando ele estiver livre
stopped-tries = /reconnect tenta de novo
subscribe-refused = o broker recusa a assinatura de { $topics }; peça a quem o administra que a permita
control-refused = ninguém consegue falar com você: o broker recusa a assinatura de { $topic }; peça a quem o administra que a permita

# O que deu errado nesta máquina
file-kept = { $why }; nada foi alterado
exported =
    { $count ->
        [1] { $count } mensagem exportada para { $file }
       *[other] { $count } mensagens exportadas para { $file }
    }
salvage-question =
    { $why }
    Recuperar o que pode ser lido? O arquivo danificado fica ao lado do novo. ({ $yes }: recuperar, Enter: sair)
salvaged =
    { $messages ->
        [1] { $messages } mensagem recuperada; o histórico danificado fica em { $file }
       *[other] { $messages } mensagens recuperadas; o histórico danificado fica em { $file }
    }
export-failed = A exportação falhou: { $why }
editor-not-started = Não foi possível iniciar { $program }: { $why }
editor-failed = O editor falhou ({ $status }); seu texto não mudou
editor-lost = Contato com o editor perdido: { $why }
editor-kept = { $why }; seu texto está em { $file }
editor-too-much = Texto longo demais para uma mensagem: { $size } bytes
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
        [1] { $count } registro do histórico está danificado; papo check { $id } mostra qual
       *[other] { $count } registros do histórico estão danificados; papo check { $id } mostra quais
    }

# A linha de comando
doctor-address = { $addresses }, tempo de conexão TCP { $time }
doctor-tls = { $version }, certificado SHA-256 { $fingerprint }
doctor-tls-local = nenhum, e na mesma máquina não é preciso
doctor-tls-none = nenhum: qualquer um no caminho da rede pode ler e mudar tudo
doctor-tls-advice = use mqtts:// ou wss://, a menos que confie na rede
doctor-delivery = publicações chegam
doctor-delivery-bad = publicações não chegam
doctor-delivery-advice = permita que este usuário publique e assine os tópicos do papo; papo acl escreve as regras para o mosquitto
doctor-retained = mensagens retidas funcionam
doctor-retained-bad = mensagens retidas não funcionam
doctor-retained-advice = habilite-as: o papo guarda nelas a presença e os grupos
doctor-large = uma mensagem de 64 KiB passa
doctor-large-bad = uma mensagem de 64 KiB não passa
doctor-large-advice = permita pacotes de 128 KiB
doctor-will = últimas vontades são publicadas: quem perde a conexão aparece como off-line
doctor-will-bad = últimas vontades não são publicadas: quem perde a conexão continua on-line
doctor-will-advice = permita últimas vontades (last will)
doctor-running = está aberto com este perfil e não foi perturbado
doctor-running-advice = o papo está aberto com este perfil e não foi perturbado; feche-o e tente de novo
doctor-trouble-advice = as verificações depois desta não foram feitas
doctor-needs-id = precisa de um segundo ID de cliente, e o broker liga os IDs aos logins
doctor-session = guardada pelo tempo que o papo pede
doctor-session-short = guardada por apenas { $seconds } s: quem fica fora mais tempo perde mensagens que só o broker tem
doctor-session-advice = guarde as sessões por 30 dias (mosquitto: persistent_client_expiration)
doctor-wildcards-bad = assinaturas com # são recusadas
doctor-wildcards-advice = permita-as: o papo lê suas listas com elas
doctor-limits = receive maximum { $window }, pacotes de qualquer tamanho
doctor-limits-packets = receive maximum { $window }, pacotes de no máximo { $bytes } bytes
doctor-keepalive = o broker define { $seconds } s
doctor-latency = { $one } da publicação à recepção, { $many } em uma rajada
doctor-latency-slow = { $one } da publicação à recepção, { $many } em uma rajada, mas ida e volta levam { $trip }
doctor-latency-advice = faça o broker enviar logo os pacotes pequenos (mosquitto: set_tcp_nodelay true)
doctor-queue = sessões são retomadas, com todas as { $count } mensagens da fila
doctor-queue-some = sessões são retomadas com { $queued } de { $all } mensagens da fila; o papo pede o resto a quem as enviou
doctor-queue-some-advice = enfileire todas as mensagens (mosquitto: max_queued_messages 0)
doctor-queue-bad = sessões não são retomadas depois de uma queda
doctor-queue-advice = guarde as sessões: o papo só pode pedir mensagens que faltam enquanto quem as enviou está on-line
doctor-privacy = os tópicos de controle de outros usuários não podem ser lidos
doctor-privacy-bad = quem pode entrar pode ler os pedidos e mensagens dos outros
doctor-privacy-advice = o broker do papo separa os usuários (papo broker user add); papo acl explica o que o mosquitto pode fazer
doctor-ids = um ID de cliente está ligado ao seu login
doctor-ids-bad = qualquer cliente pode usar qualquer ID, como a verificação fez com { $id }
doctor-ids-advice = ligue os IDs de cliente aos logins (mosquitto: use_username_as_clientid true)
doctor-bridge = ligado a outros brokers por uma ponte: { $names }
doctor-bridge-bare =
    { $count ->
        [one] 1 pessoa está online sem as propriedades do papo: um cliente simples, ou além de uma ponte que usa MQTT 3.1.1
       *[other] { $count } pessoas estão online sem as propriedades do papo: clientes simples, ou além de uma ponte que usa MQTT 3.1.1
    }
doctor-bridge-named-bare =
    { $count ->
        [one] ligado a outros brokers por uma ponte ({ $names }), e 1 pessoa está online sem as propriedades do papo: a ponte pode usar MQTT 3.1.1
       *[other] ligado a outros brokers por uma ponte ({ $names }), e { $count } pessoas estão online sem as propriedades do papo: a ponte pode usar MQTT 3.1.1
    }
doctor-bridge-advice = uma ponte precisa usar MQTT 5 (mosquitto: bridge_protocol_version mqttv50), senão não há confirmações
doctor-failed = não foi possível conectar a { $brokers }
late-delivered = não entregue
late-read = não lida
late-answer = sem resposta
late-broker = não aceito pelo broker
late = { $what } depois de { $seconds } s{ $then }
late-request-follows = ; o papo envia o pedido assim que puder
late-follows = ; o papo envia assim que puder
late-interrupted = interrompido{ $then }
check-done = { $count } entradas verificadas, { $damaged } danificadas
check-file = arquivo do histórico: { $why }
check-damaged = o histórico está danificado; o resto ainda pode ser lido
check-unreadable = não é possível ler o histórico: { $why }
check-salvaged = { $messages } mensagens de { $conversations } conversas salvas
check-kept = o arquivo danificado foi guardado como { $file }
no-history = nenhum histórico em { $folder }
export-done = { $count } mensagens exportadas para { $file }
export-damaged = { $count } mensagens estão danificadas e ficaram de fora; papo check mostra quais
import-line = linha { $number }: { $why }
import-foreign = { $count } mensagens são de conversas sem { $me } e foram recusadas
import-unverified = o papo não pode verificar quem escreveu as mensagens importadas; confie nelas tanto quanto no arquivo
import-done = mensagens: { $new } novas, { $known } conhecidas, { $refused } recusadas
import-nothing = nada foi importado
