### Все слова, которые видит человек, по-русски. В en.ftl те же ключи; их сравнивает тест.
### Значения экранируются при подстановке (bot/words.py); теги — HTML Telegram.

## Состояния: слова словаря

state-queued = в очереди
state-submitting = передаётся
state-accepted = принято шлюзом
state-in_moderation = на модерации
state-sent = отправлено
state-delivered = доставлено
state-undelivered = не доставлено
state-expired = срок истёк
state-rejected = отклонено
state-cancelled = отменено
state-skipped = пропущено
state-uncertain = под вопросом
state-untracked = статус недоступен
state-assumed_sent = считаем отправленным
state-abandoned = закрыто без отправки
state-read = { $state }, прочитано
state-because = { $state }: { $why }

gateway-devino_rest = Devino REST
gateway-devino_soap = Devino SOAP
gateway-sms_pager = SMS-Pager
gateway-smsc = SMSC

## Начало и помощь

neutral = Это рабочий бот для закрытого круга людей.
start =
    <b>smsdesk</b>: SMS прямо из этого чата.

    { $accounts ->
        [0] К этому чату ещё не подключён ни один шлюз. { $role ->
            [admin] Начните с /connect.
           *[other] Его подключает администратор; что я умею для вас — в /help.
        }
       *[other] Здесь подключены: { $names }. { $role ->
            [viewer] Попробуйте /status или /help.
           *[other] Попробуйте /send или /help.
        }
    }
help = <b>Что я умею</b>
help-send = /send — отправить SMS; спрошу по шагам
help-file = 📎 Многим: пришлите сюда список (CSV, XLSX, ODS, XLS)
help-status = /status — последние SMS; /status #12
help-campaigns = /campaigns — все рассылки этого чата
help-cancel = /cancel — выйти или остановить рассылку
help-balance = /balance — деньги на шлюзах
help-stats = /stats — сколько и чем кончилось
help-senders = /senders — имена отправителя
help-alerts = /alerts — о деньгах и сбоях шлюзов
help-settings = /settings — язык и часы
help-connect = /connect — подключить аккаунт шлюза
help-accounts = /accounts — аккаунты этого чата
help-allow = /allow — дать доступ: в ответ на сообщение, /allow ID, из списка или по ссылке
help-deny = /deny — сразу забрать все права
help-users = /users — кому что можно
help-doctor = /doctor — какие права у меня есть в группах и каких не хватает
help-audit = /audit — кто что сделал: /audit #12, /audit by=Анна 30d
help-forget = /forget — удалить всё известное о номере
help-inbox = /inbox — кто ждёт ответа
help-stoplist = /stoplist — кому больше не пишем
help-more-cancel = <code>/cancel #12</code> остановит рассылку 12.
help-more-inbox = <code>/inbox 4567</code> найдёт номер.
help-more-templates = <code>/templates add ИМЯ текст</code> сохранит текст.
help-more-contacts = <code>/send @группа текст</code> — группе контактов.
help-more-stats = <code>/stats 30d</code>, <code>/stats этот месяц</code>
help-more-alerts = <code>/alerts 500</code>, <code>/alerts 3д</code>; там же сводка и тихие часы.
help-more-settings = <code>/settings язык en</code>, <code>/settings зона Asia/Omsk</code>
help-more-file = Файл в группе — с подписью /send и текстом. Поля в тексте: <code>{ $field }</code>.
help-options = Параметры — в начале: <code>from=ИМЯ</code> отправитель, <code>at=2026-12-01T10:00</code> время ({ $zone }), <code>local=yes</code> это время по часам каждого получателя, <code>valid=2h</code> срок жизни, <code>kind=flash</code> (viber, viber+sms, voice, hlr, ping), если шлюз умеет, <code>via=АККАУНТ</code>.
help-try =
    { "" }
    <b>Попробуйте</b>
    <code>/send +79031234567 Ваш заказ готов</code>
    <code>/status</code>
    <code>/balance</code>
help-try-reading =
    { "" }
    <b>Попробуйте</b>
    <code>/status</code>
    <code>/balance</code>
    <code>/stats 7d</code>
command-send = отправить SMS
command-status = что с сообщением
command-campaigns = все рассылки
command-cancel = выйти или остановить
command-balance = деньги на шлюзах
command-stats = статистика и график
command-senders = имена отправителя
command-alerts = предупреждения, сводка, тихие часы
command-settings = язык и часы
command-connect = подключить шлюз
command-accounts = аккаунты этого чата
command-allow = дать доступ
command-deny = забрать права
command-users = кому что можно
command-doctor = мои права в группах
command-inbox = кто ждёт ответа
command-stoplist = кому больше не пишем
command-help = что я умею
command-start = начать
unknown-command = Не знаю команды { $command }. { $nearest ->
        [none] Список — в /help.
       *[other] Может быть, { $nearest }?
    } Ничего не сделано.
not-yours-to-run = Я принимаю только те команды, которые вы пишете здесь сами. Пересланная или отправленная через другого бота ничего не сделала. Напишите её заново.
edited = Исправленная команда не выполняется повторно, и эта правка ничего не отправила. Ушедшее изменить нельзя; для нового сообщения напишите новую /send.
no-question = Сейчас я ни о чём не спрашиваю, поэтому ничего не сделано. { $role ->
        [viewer] Что я умею — в /help.
       *[other] Начать — /send, подробнее — /help.
    }
need-text = Здесь мне нужен текст. Ничего не отправлено. Напишите текстом или /cancel.
incident = У меня что-то сломалось (код { $incident }). Команда не подействовала. Попробуйте ещё раз; если повторится, сообщите код тому, кто ведёт этого бота.
repeat = (повтор) { $text }
topic-gone = (Здесь, потому что тема, к которой это относится, закрыта или удалена.) { $text }
unreached = (Здесь, потому что не удалось написать в чат { $chat }. Верните меня туда с правом писать.) { $text }

## Составление

ask-account = С какого аккаунта?
ask-numbers = На какой номер? Можно вставить несколько через запятую или с новой строки. /cancel — выйти.
ask-numbers-placeholder = +7 903 123-45-67
ask-text = { $count ->
        [1] Какой текст отправить на { $sample }? /cancel — выйти.
        [one] Какой текст отправить на этот { $count } номер? /cancel — выйти.
        [few] Какой текст отправить на эти { $count } номера? /cancel — выйти.
       *[many] Какой текст отправить на эти { $count } номеров? /cancel — выйти.
    }
ask-text-placeholder = Текст SMS
left-flow = Вышли. Отброшено: { $what }. Ничего не отправлено.
left-send = { $count ->
    [0] недописанное SMS
    [one] недописанное SMS на { $count } номер
    [few] недописанное SMS на { $count } номера
   *[other] недописанное SMS на { $count } номеров
    }
left-list = список получателей, к которому ждали текст
left-count = рассылка, ждавшая числа получателей
left-when = SMS, которому выбирали другое время
left-template = { $name ->
    [none] текст, который хотели сохранить
   *[other] текст «{ $name }», который хотели сохранить
    }
left-contact = контакт, который хотели сохранить
left-rename = новое имя контакта
left-group = новая группа
left-connect = подключение аккаунта
left-offer = { $count ->
    [one] SMS на { $count } номер, ждавшее ✅
    [few] SMS на { $count } номера, ждавшее ✅
   *[other] SMS на { $count } номеров, ждавшее ✅
    }
left-answer = ответ клиенту, ждавший ✅
left-delete-sender = удаление имени отправителя { $name }
left-column = файл, в котором выбирали столбец
left-still-send = старая команда, о которой я переспросил
left-forget = номер, который хотели забыть
nothing-to-leave = Выходить не из чего. Чтобы остановить рассылку, назовите её номер: /cancel #12

## Карточка подтверждения

offer = <b>Проверьте и отправьте</b>
    { $gateway } · аккаунт { $account } · от { $sender }
    { $count ->
        [one] На { $count } номер
        [few] На { $count } номера
       *[many] На { $count } номеров
    }: { $samples }
offer-size = { $alphabet } · по { $each ->
        [one] { $each } части
        [few] { $each } части
       *[many] { $each } частей
    }, всего { $total }
offer-size-one = { $alphabet } · { $each ->
        [one] { $each } часть
        [few] { $each } части
       *[many] { $each } частей
    }
kind-line = Вид: <b>{ $kind }</b>
kind-sms = SMS
kind-flash = flash-SMS: сразу на экран, не сохраняется
kind-viber = Viber
kind-viber_or_sms = Viber, а где он не дошёл — SMS
kind-voice = звонок, который зачитывает текст
kind-hlr = HLR-запрос: спрашивает сеть о номере, ничего не отправляет
kind-ping = ping: SMS, которую телефон не показывает
offer-default-sender = имя шлюза по умолчанию
offer-more = и ещё { $count }
offer-dropped = Отброшено { $count }: { $list }
offer-dropped-one = { $raw } ({ $why })
offer-dropped-more = и ещё { $count }
why-malformed = не номер
why-landline = городской
why-foreign = иностранный
why-duplicate = повтор
offer-cost = Цена: { $cost }
offer-cost-unknown = Цена: неизвестна, этот шлюз не считает заранее
offer-cost-silent = Цена: неизвестна, шлюз сейчас её не назвал
offer-cost-refused = { $count ->
        [one] Шлюз не примет { $count } номер
        [few] Шлюз не примет { $count } номера
       *[many] Шлюз не примет { $count } номеров
    }
offer-balance = Баланс: { $balance }
offer-balance-after = Баланс: { $balance }, останется { $after }
offer-balance-short = ⚠ Баланс: { $balance }. Этого не хватит: неоплаченное подождёт, пока вы не пополните счёт.
offer-balance-credit = { $amount }, кредит { $credit }
offer-balance-aged = { $amount } ({ $age })
offer-balance-unknown = Баланс: неизвестен, шлюз сейчас не отвечает
offer-trouble = ⚠ { $trouble }
offer-at-gateway = 🕒 { $time }: до этого времени сообщение ждёт на шлюзе, его можно отозвать
offer-at-desk = 🕒 { $time }: до этого времени сообщение ждёт у нас
offer-local-there = 🕒 { $time } по часам каждого получателя: за этим следит { $gateway } по часовому поясу, который он знает для номера. ⚠ Сообщение передаётся ему сразу после ✅, и отозвать его будет нельзя.
offer-local-here = 🕒 { $time } по часам каждого получателя: { $spread ->
        [no] это { $earliest }
       *[yes] с { $earliest } до { $latest }
    }; до этого времени сообщение ждёт здесь
offer-local-unknown = Для { $count ->
        [one] { $count } номера
       *[many] { $count } номеров
    } часовой пояс неизвестен (мобильный номер его часто не выдаёт): вместо него { $zone }
offer-validity = Срок жизни { $minutes } мин
offer-expires = Карточка действует { $minutes } мин.
button-send = ✅ Отправить
button-schedule = ✅ Запланировать
button-dismiss = ✖ Не отправлять
button-later = 🕒 В другое время
ask-when = Когда отправить? Например: завтра в 10, через 2 часа, 2026-12-01T10:00. /cancel — выйти.
ask-when-placeholder = завтра в 10
confirmed-card = Подтверждено ({ $name }): #{ $campaign }.
dismissed-for-later = Эта карточка больше ничего не отправит: выбирается другое время.
offer-put-off = ⚠ С этого аккаунта SMS уходят только в определённые часы: это ближайший разрешённый момент.
closed-card = Часы, в которые SMS могут уходить с этого аккаунта, закончились. Ничего не отправлено. Напишите /send ещё раз — рассылка подождёт следующих.
toast-closed = Разрешённые часы закончились: ничего не отправлено.
dismissed = Отклонено: ничего не отправлено.
expired-card = Карточке больше { $minutes } мин, по ней ничего не отправляется. Напишите /send заново.
passed-card = Время на этой карточке уже прошло или могло пройти по часам кого-то из получателей, поэтому по ней ничего не отправляется. Напишите /send заново и выберите время позже.
toast-expired = Поздно: ничего не отправлено. Напишите /send заново.
toast-passed = Время прошло: ничего не отправлено. Напишите /send заново.
toast-dismissed = { $name }: отклонено, ничего не отправлено.
toast-already = { $name }: уже подтверждено, #{ $campaign }.
toast-confirmed = #{ $campaign } в очереди.
toast-released-later = #{ $campaign } уйдёт { $time }: раньше SMS отправлять нельзя.
toast-scheduled = #{ $campaign } запланировано.
toast-withdrawn = Уже после этой карточки вам сменили роль, и она закрылась. Ничего не отправлено. Напишите /send заново.
toast-not-yours = Это чужая карточка. Ничего не сделано.
taken-back = Этому чату аккаунт больше не доступен. Ничего не сделано.
toast-gone = Эта кнопка больше не действует. Ничего не сделано.

## Карточка состояния

card-title = <b>#{ $campaign }</b> · { $gateway }, { $account } · от { $sender }
card-line = { $mark } { $number } — { $state }
card-sum = Всего { $total }: { $counts }
card-count = { $state } { $count }
card-why = <i>{ $why }</i>
card-skipped = Пропущено { $count }: { $count ->
        [one] номер
       *[other] номера
    } в стоп-листе, см. /stoplist.
card-cost = Цена: { $cost }
card-scheduled = 🕒 { $time }
card-undo = ⏳ Уйдёт через { $seconds ->
        [one] { $seconds } секунду
        [few] { $seconds } секунды
       *[other] { $seconds } секунд
    } после ✅; до этого ✖ отменяет отправку.
chart-title = <b>#{ $campaign }</b>: { $counts } ({ $zone })
button-chart = 📊 График
toast-nothing-ended = Ещё ничего не завершилось: рисовать нечего.
card-scheduled-there = 🕒 { $time } по часам каждого получателя; за этим следит шлюз
card-scheduled-local = 🕒 по часам каждого получателя: { $spread ->
        [no] { $earliest }
       *[yes] с { $earliest } до { $latest }
    }
card-noted = { $line } · { $note }
card-held-some = ⏸ { $count ->
        [one] { $count } сообщение пропустило своё время и ждёт вашего решения.
        [few] { $count } сообщения пропустили своё время и ждут вашего решения.
       *[many] { $count } сообщений пропустили своё время и ждут вашего решения.
    }
card-held-there = ⏸ { $count ->
        [one] { $count } сообщение не удалось передать вовремя, оно ждёт вашего решения.
        [few] { $count } сообщения не удалось передать вовремя, они ждут вашего решения.
       *[many] { $count } сообщений не удалось передать вовремя, они ждут вашего решения.
    }
card-held = ⏸ Время прошло, жду вашего решения.
card-stopped = ⏸ Аккаунт остановлен, очередь ждёт. { $trouble } См. /accounts.
card-cancelling = Отозвано на шлюзе; то, что уже ушло, отозвать нельзя.
card-uncertain = Под вопросом, проверяю: могло уйти. { $proves ->
        [yes] Уйдёт снова, только если шлюз докажет, что не получал его, или если так решит кто-то из вас.
       *[no] Уйдёт снова, только если так решит кто-то из вас: доказать, что он его не получал, этот шлюз не может.
    }
card-author = { $name }, { $time }
button-cancel = ✖ Отменить
button-copy-number = 📋 Копировать { $number }
button-release = ✅ Отправить сейчас
button-hand-over = ✅ Передать
button-resume = ▶ Возобновить { $name }
late = #{ $campaign } должна была уйти { $time }, но не смогла. Она не ушла. Отправить сейчас?
late-there = #{ $campaign }: { $count ->
        [one] { $count } сообщение не удалось вовремя передать в { $gateway }. Оно не ушло. По часам получателя время { $time } могло уже пройти: часовой пояс знает только шлюз. Передать сейчас? Оно уйдёт, когда эти часы покажут нужное время, а если оно прошло, то сразу.
        [few] { $count } сообщения не удалось вовремя передать в { $gateway }. Они не ушли. По часам некоторых получателей время { $time } могло уже пройти: часовые пояса знает только шлюз. Передать сейчас? Каждое уйдёт, когда часы получателя покажут нужное время, а если оно прошло, то сразу.
       *[many] { $count } сообщений не удалось вовремя передать в { $gateway }. Они не ушли. По часам некоторых получателей время { $time } могло уже пройти: часовые пояса знает только шлюз. Передать сейчас? Каждое уйдёт, когда часы получателя покажут нужное время, а если оно прошло, то сразу.
    }
late-some = #{ $campaign }: { $count ->
        [one] { $count } сообщение пропустило время по часам получателя. Оно не ушло. Отправить сейчас?
        [few] { $count } сообщения пропустили время по часам получателей. Они не ушли. Отправить сейчас?
       *[many] { $count } сообщений пропустили время по часам получателей. Они не ушли. Отправить сейчас?
    }

## Неудачи: новое сообщение в ответ на карточку

failed-title = { $count ->
        [one] <b>#{ $campaign }</b>: не удалось { $count } сообщение
        [few] <b>#{ $campaign }</b>: не удалось { $count } сообщения
       *[many] <b>#{ $campaign }</b>: не удалось { $count } сообщений
    }
failed-doubt = { $count ->
        [one] <b>#{ $campaign }</b>: { $count } сообщение под вопросом
        [few] <b>#{ $campaign }</b>: { $count } сообщения под вопросом
       *[many] <b>#{ $campaign }</b>: { $count } сообщений под вопросом
    }
failed-line = { $number } — { $state }
failed-more = и ещё { $count }: /status #{ $campaign }
charged-no = Скорее всего, не оплачено.
charged-yes = Скорее всего, оплачено.
charged-maybe = Оплачено или нет — неизвестно.
reason-recipient = Номер не существует или не принимает SMS. Уточните его у клиента.
reason-unreachable = Телефон был выключен или вне сети. Повторите позже.
reason-barred = Абонент или оператор запрещает такие SMS. Повтор не поможет; свяжитесь с клиентом иначе.
reason-sender = Имя отправителя не зарегистрировано или не разрешено. Укажите зарегистрированное: from=ИМЯ.
reason-text = Текст отклонён: спам-фильтр, запрещённые слова или ссылка, либо нет подходящего шаблона. Измените текст.
reason-schedule = Шлюз не принимает такую дату. Выберите другое время.
reason-money = На счёте шлюза не хватило денег. Пополните и отправьте снова.
reason-limit = Достигнут лимит шлюза или оператора. Подождите или попросите шлюз поднять лимит.
reason-route = У шлюза нет пути в эту сеть. Обратитесь в поддержку шлюза.
reason-operator = Оператор отклонил без объяснений. Повторите позже или обратитесь в поддержку шлюза с кодом ниже.
reason-expired = Срок жизни истёк раньше, чем сообщение доставили. Повторите позже.
reason-cancelled = Отменено.
reason-duplicate = Шлюз принял это за повтор. Подождите минуту или измените текст.
reason-moderation = Модераторы шлюза отклонили сообщение. Измените текст или обратитесь в поддержку шлюза.
reason-request = Шлюз не принял запрос в таком виде. Из него ничего не отправлено. Сообщите код ниже тому, кто ведёт этого бота.
reason-login = Шлюз не принимает логин. Подключите заново: /connect.
reason-account = Аккаунт заблокирован или лишён права на шлюзе. Обратитесь в поддержку шлюза.
reason-busy = Шлюз просит подождать.
reason-count_mismatch = Из ответа шлюза не видно, какие номера он принял, поэтому каждый из них под вопросом. Прежде чем решать, посмотрите список сообщений в кабинете шлюза.
reason-stop_list = Клиент просил этот аккаунт больше не писать. Его стоп-лист: /stoplist.
reason-unexplained = Шлюз не называет причину. Обратитесь в его поддержку с кодом ниже.
doubt = Запрос ушёл, а внятного ответа нет: сообщение могло уйти, а могло и нет. Сам я его повторно не отправлю. Посмотрите список сообщений в кабинете шлюза и решите.
doubt-asked = Запрос ушёл, а внятного ответа нет. Я продолжаю спрашивать шлюз по нашему номеру и показываю ответ здесь.
untracked = Шлюз принял сообщение, но больше не сообщает о его судьбе. Вполне возможно, что оно дошло.

## Сомнения: ответ потерян. Карточка, доказательства, кнопки, решение

doubt-again = ⏰ Всё ещё открыто:
doubt-where = { $gateway }, { $account } · { $time }{ $attempts ->
        [one] { "" }
        [few] { " " }и позже, { $attempts } запроса
       *[many] { " " }и позже, { $attempts } запросов
    }
doubt-request = 🔁 Уже отправлялось снова: это запрос { $request }.
doubt-stake = На кону около { $cost }
doubt-outlook = Если шлюз так и не узнает { $count ->
        [one] { $count } сообщение, значит, оно не ушло, и около { $time } я отправлю его сам.
        [few] { $count } сообщения, значит, они не ушли, и около { $time } я отправлю их сам.
       *[many] { $count } сообщений, значит, они не ушли, и около { $time } я отправлю их сам.
    }
doubt-late = Отправлять самому уже поздно, что бы ни сказал шлюз: решать вам.
doubt-cancelled = Кампания отменена, ничего из этого повторно не уйдёт.
evidence-line = 🔎 { $time }: { $says }{ $times ->
        [1] { "" }
        [one] { " " }({ $times } раз)
        [few] { " " }({ $times } раза)
       *[many] { " " }({ $times } раз)
    }
evidence-none = 🔎 Доказательств пока нет.
evidence-absent-report = шлюз не знает такого сообщения
evidence-absent-push = шлюз не знает такого сообщения
evidence-absent-history = в истории шлюза его нет
evidence-taken = у шлюза оно есть: { $state }
evidence-word = у шлюза оно есть, слово мне незнакомо
evidence-totals = шлюз насчитал с той минуты { $counted ->
        [one] { $counted } сегмент
        [few] { $counted } сегмента
       *[many] { $counted } сегментов
    }; я уверен в { $known }{ $others ->
        [0] { "" }
       *[other] ; под вопросом ещё { $others }
    }
button-doubt-check = 🔄 Проверить ещё раз
button-doubt-sent = Оно ушло
button-doubt-again = 🔁 Отправить снова
button-doubt-give-up = Закрыть без отправки
button-doubt-all = Всё по #{ $campaign } ({ $count })
button-doubt-every = ❓ #{ $campaign } ({ $count })
button-doubt-again-now = 🔁 Отправить снова: { $count }
button-doubt-keep = ✖ Не сейчас
doubts-first = ❓ { $count ->
        [one] <b>{ $count } запрос под вопросом и ждёт вас:</b>
        [few] <b>{ $count } запроса под вопросом и ждут вас:</b>
       *[many] <b>{ $count } запросов под вопросом и ждут вас:</b>
    }
doubt-sure = ⚠ <b>#{ $campaign }</b>: { $count ->
        [one] отправить { $count } сообщение снова? Если оно дошло, клиент получит его дважды, и вы заплатите дважды.
        [few] отправить { $count } сообщения снова? Дошедшие клиенты получат дважды, и вы заплатите дважды.
       *[many] отправить { $count } сообщений снова? Дошедшие клиенты получат дважды, и вы заплатите дважды.
    }
doubt-kept = Ничего не отправлено. Вопрос остаётся открытым.
doubt-moved = Эта карточка устарела. Что известно сейчас, покажет /status #{ $campaign }.
doubt-was = <b>#{ $campaign }</b>: под вопросом { $count ->
        [one] было { $count } сообщение.
        [few] было { $count } сообщения.
       *[many] было { $count } сообщений.
    }
doubt-settled = Решилось само: { $counts }.
doubt-not-sent = { $count ->
        [one] Шлюз не получал { $count } сообщение, поэтому оно уходит снова.
        [few] Шлюз не получал { $count } сообщения, поэтому они уходят снова.
       *[many] Шлюз не получал { $count } сообщений, поэтому они уходят снова.
    }
doubt-decided-sent = { $name }: оно ушло.
doubt-decided-again = { $name }: отправить снова.
doubt-decided-given_up = { $name }: закрыто без отправки.
doubt-contradiction = ⚠ <b>#{ $campaign }</b>, { $number }: о запросе, который был под вопросом, шлюз теперь говорит: { $says }. { $outcome }
doubt-late-over = Тем временем решено иначе, ничего не изменено.
doubt-late-stopped = Сообщение ждало повторной отправки и не успело уйти: дважды оно не уйдёт.
doubt-late-twice = Тем временем оно отправлено снова: клиент может получить его дважды.
toast-doubt-checking = Спрашиваю шлюз.
toast-doubt-sure = Ответьте на вопрос ниже.
toast-doubt-shown = Карточка #{ $campaign } ниже.
toast-doubt-decided = { $count ->
        [one] Готово: { $count } сообщение.
        [few] Готово: { $count } сообщения.
       *[many] Готово: { $count } сообщений.
    }
toast-doubt-stale = Тем временем что-то выяснилось или решено. Ничего не сделано: посмотрите на карточку ещё раз.
did-doubt-sent = о сомнении: оно ушло
did-doubt-again = снова отправлено то, что было под вопросом
did-doubt-given-up = закрыто без отправки то, что было под вопросом

## Что оборвалось между нами и шлюзом: мелкий шрифт под сомнением

break-refused = соединение отклонено
break-name-not-found = имя шлюза неизвестно сети
break-tls = не удалось установить защищённое соединение
break-timeout = не удалось соединиться вовремя
break-unreachable = сеть не доводит до шлюза
break-bad-address = адрес шлюза неверен
break-too-late = бот слишком долго стоял и ничего не отправил
break-no-answer = ответа нет вовремя
break-no-whole-answer = ответ не пришёл целиком вовремя
break-broken-off = соединение оборвалось
break-not-http = ответил не шлюз
break-unsendable = запрос не удалось передать
break-interrupted = бота остановили в этот момент
break-unreadable = ответ не удалось разобрать

## Аккаунты

connect-which = Какой шлюз? /cancel — выйти.
connect-login = Логин на { $gateway }{ $group ->
        [none] { "" }
       *[other] { " " }для группы <b>{ $group }</b>
    }? /cancel — выйти.
connect-password = Пароль{ $group ->
        [none] { "" }
       *[other] { " " }для группы <b>{ $group }</b>
    }? Ваше сообщение я сразу удалю. /cancel — выйти.
connect-sender = Имя отправителя (зарегистрированное имя или номер) для этого аккаунта{ $group ->
        [none] { "" }
       *[other] { " " }для группы <b>{ $group }</b>
    }? Минус — имя шлюза по умолчанию. /cancel — выйти.
connect-usage = Напишите: <code>/connect smsc ЛОГИН ПАРОЛЬ [ОТПРАВИТЕЛЬ]</code>, с ключом SMSC <code>/connect smsc apikey КЛЮЧ [ОТПРАВИТЕЛЬ]</code> или просто /connect. Шлюзы: { $gateways }. Ничего не сохранено.
connect-in-private = Паролям не место в группе. Откройте меня лично этой кнопкой; аккаунт будет принадлежать этой группе. Ссылка действует один раз, для вас, { $minutes } мин.
connect-deleted = { $deleted ->
        [yes] Ваше сообщение удалено.
       *[no] ⚠ Не смог удалить ваше сообщение; если в нём пароль, удалите его сами.
    }
connect-bad-sender = Это не может быть именем отправителя, и я не повторяю его — вдруг это пароль: нужно до 11 латинских букв, цифр и знаков или до 15 цифр. Ничего не сохранено. Напишите другое или минус — имя шлюза по умолчанию.
button-open-private = Подключить лично
connected = { $gateway } подключён как <b>{ $name }</b>, { $tail ->
        [apikey] apikey
       *[other] логин …{ $tail }
    }. Баланс: { $balance }. { $deleted ->
        [yes] Ваше сообщение с паролем удалено.
       *[no] ⚠ Не смог удалить ваше сообщение с паролем: удалите его сами.
    }
connected-again = { $gateway } подключён заново как <b>{ $name }</b>, { $tail ->
        [apikey] apikey
       *[other] логин …{ $tail }
    }. Баланс: { $balance }. { $deleted ->
        [yes] Ваше сообщение с паролем удалено.
       *[no] ⚠ Не смог удалить ваше сообщение с паролем: удалите его сами.
    }
connected-for = Им можно пользоваться в группе <b>{ $group }</b>: вернитесь туда и напишите /send.
connect-failed = { $gateway } не подключён. { $trouble } Ничего не сохранено. { $deleted ->
        [yes] Ваше сообщение с паролем удалено.
       *[no] ⚠ Не смог удалить ваше сообщение с паролем: удалите его сами.
    }
accounts-none = К этому чату не подключён ни один шлюз. { $role ->
        [admin] Начните с /connect.
       *[other] Подключить его может только администратор.
    }
accounts-title = <b>Аккаунты этого чата</b>
accounts-line = <b>{ $name }</b> · { $gateway } · { $tail ->
        [apikey] apikey
       *[other] логин …{ $tail }
    } · от { $sender } · { $state }
account-works = работает
account-is-stopped = остановлен. { $trouble }
account-stopped = ⏸ Аккаунт <b>{ $name }</b> ({ $gateway }) остановлен. { $trouble } { $waiting ->
        [0] В очереди ничего нет.
        [one] В очереди ждёт { $waiting } сообщение; оно не отправлено.
        [few] В очереди ждут { $waiting } сообщения; они не отправлены.
       *[many] В очереди ждут { $waiting } сообщений; они не отправлены.
    }
resumed = ▶ { $name } снова работает.
trouble-auth_failed = Шлюз не принимает логин или пароль (или наш адрес). Проверьте их и подключите заново: /connect.
trouble-insufficient_funds = На шлюзе нет денег. Пополните счёт и нажмите ▶ Возобновить.
trouble-account_blocked = Шлюз заблокировал аккаунт или наш адрес. Обратитесь в его поддержку, затем нажмите ▶ Возобновить.
trouble-not_reached = Шлюз недоступен. Повторите позже.
trouble-throttled = Шлюз просит подождать. Повторите через минуту.
trouble-throttled-for = Шлюз просит подождать, { $seconds } с. Повторите после этого.
trouble-outcome_unknown = Не удалось разобрать ответ шлюза. Повторите позже.
trouble-unanswered = Шлюз не ответил: { $why }. Повторите позже.
trouble-request_refused = Шлюз отклонил запрос ({ $code }). Обратитесь в его поддержку.
trouble-unsupported = Этот шлюз так не умеет.
trouble-bad-credentials = Такие логин или пароль использовать нельзя. Проверьте их и подключите заново: /connect.

## Баланс

balance-title = <b>Баланс</b>
balance-line = { $name } · { $gateway }: { $amount } ({ $age })
balance-amount = <b>{ $amount }</b>
balance-credit = <b>{ $amount }</b>, кредит { $credit }
balance-old = { $known }. Сейчас узнать не удалось. { $trouble }
age-now = сейчас
age-seconds = { $count } с назад
age-minutes = { $count } мин назад
age-hours = { $count } ч назад
age-days = { $count ->
        [one] { $count } день назад
        [few] { $count } дня назад
       *[many] { $count } дней назад
    }
balance-lasts = { $known }; при расходе последних дней хватит: { $days }
balance-failed = { $name } · { $gateway }: неизвестен. { $trouble }
accounts-more = и ещё аккаунтов: { $count }; чтобы видеть все, подключайте к одному чату меньше

## Имена отправителя

senders-title = <b>Имена отправителя</b> { $name } · { $gateway }
senders-line = <b>{ $sender }</b> — { $status }
senders-none = Пока ни одного. Подайте заявку: /senders add ИМЯ для чего оно
senders-more = и ещё { $count }
senders-hint = Новое имя: /senders add ИМЯ для чего оно. Номер: /senders code НОМЕР, затем /senders confirm НОМЕР КОД. Ещё есть /senders change ИМЯ для чего, /senders delete ИМЯ.
senders-usage = Напишите: <code>/senders</code>, <code>/senders add ИМЯ для чего оно</code>, <code>/senders change ИМЯ для чего оно</code>, <code>/senders code НОМЕР</code>, <code>/senders confirm НОМЕР КОД</code> или <code>/senders delete ИМЯ</code>. Если аккаунтов несколько, сначала имя аккаунта. Имя с пробелами — в кавычках. Ничего не сделано.
senders-unknown-account = В этом чате нет аккаунта { $name }. Аккаунты здесь: { $known }. Ничего не сделано.
senders-which = Имена отправителя есть у нескольких аккаунтов: { $names }. Назовите аккаунт первым: /senders АККАУНТ …
senders-unable = { $name } · { $gateway }: именами отправителя управляют на его сайте или через его поддержку. Имя отправителя аккаунта: { $sender }.
senders-failed = { $name } · { $gateway }: не сделано. { $trouble }
senders-unread = { $name } · { $gateway }: имена отправителя сейчас не узнать. { $trouble }
senders-doubt = { $name } · { $gateway }: неизвестно, сделано ли это: { $why }. { $verb ->
        [code] Код, возможно, уже идёт: подождите его, прежде чем просить другой.
       *[other] Возможно, сделано: прежде чем повторять, посмотрите /senders.
    }
sender-done-add = Заявка на { $sender } подана, аккаунт { $name }. Что с ней — в /senders.
sender-done-change = Назначение имени { $sender } изменено, аккаунт { $name }.
sender-done-code = Код отправлен на { $sender }. Затем: /senders confirm { $sender } КОД
sender-done-confirm = { $sender } подтверждён, аккаунт { $name }.
sender-done-delete = { $sender } удалено, аккаунт { $name }.
sender-delete = Удалить имя отправителя <b>{ $sender }</b> аккаунта { $name }? Сообщения с ним больше не пройдут.
sender-kept = Ничего не удалено.
button-delete = ✅ Удалить
button-keep = ✖ Не удалять
button-operators = 📶 По операторам
operators-line = { $status }: { $operators }
operators-all = { $status }: у всех операторов, их { $count }
operators-none = Об этих именах операторы ничего не сообщают.
sender-pending = ждёт модерации
sender-submitted = отправлено на регистрацию
sender-allowed = разрешено
sender-refused = отказано
sender-off = отключено
sender-no_money = нет денег на регистрацию
sender-papers_needed = нужны документы
sender-from_next_month = со следующего месяца
sender-allowed_ending = разрешено, помечено на удаление
sender-unknown = статус неизвестен
operator-mega_step = МегаФон
operator-mega_int = МегаФон (международные)
operator-bee_step = Билайн
operator-motiv = Мотив
operator-motiv_step = Мотив (платное имя)
operator-motiv_int = Мотив (международные)
operator-sber_step = СберМобайл
operator-sber_int = СберМобайл (международные)
operator-winmob_step = Win Mobile
operator-volnamob_step = Волна мобайл
operator-mts_step = МТС
operator-mts_int = МТС (международные)
operator-tele2_step = Tele2 (платное имя)
operator-tele2 = Tele2
operator-tele2_int = Tele2 (международные)
operator-ua_reg = Украина
operator-ua_int = Украина (международные)
operator-by_reg = Беларусь
operator-by_int = Беларусь (международные)

## Статистика

stats-title = <b>{ $days ->
        [1] { $first }
       *[other] { $first } – { $last }
    }</b> ({ $zone })
stats-line = <b>{ $name }</b> · { $gateway } · { $total }: { $counts }
stats-nothing = <b>{ $name }</b> · { $gateway } · ничего не отправлено
stats-gateway = по данным шлюза, весь аккаунт (и другие чаты, возможно в частях): { $total } · { $counts }
stats-gateway-total = по данным шлюза, весь аккаунт (и другие чаты, возможно в частях): { $total }
stats-gateway-silent = статистика шлюза недоступна. { $trouble }
stats-usage = Не могу прочесть период «{ $typed }». Напишите /stats 7d, 30d, сегодня, вчера, этот месяц или 2026-11-01..2026-11-20, не больше { $days } дней.
counted-sent = отправлено
counted-delivered = доставлено
counted-undelivered = не доставлено
counted-expired = срок истёк
counted-rejected = отклонено
counted-in_process = в работе
outcome-delivered = доставлено
outcome-under_way = в пути
outcome-doubtful = неизвестно
outcome-failed = не удалось
outcome-stopped = отменено

## Состояние и отмена

recent-title = <b>Последние рассылки</b>
recent-line = #{ $campaign } · { $time } · { $counts } · { $text }
recent-none = Из этого чата ещё ничего не отправлено.{ $role ->
        [viewer] { "" }
       *[other] { " " }Начать — /send.
    }
no-campaign = В этом чате нет #{ $campaign }. Последние показывает /status.
bad-campaign = Мне нужен номер рассылки, например { $command } #12. Последние показывает /status.
cancel-stopped = { $count ->
        [one] { $count } сообщение не уйдёт.
        [few] { $count } сообщения не уйдут.
       *[many] { $count } сообщений не уйдут.
    }
cancel-recalled = { $count ->
        [one] { $count } сообщение отзываю на шлюзе; удалось ли — покажет карточка.
        [few] { $count } сообщения отзываю на шлюзе; что удалось — покажет карточка.
       *[many] { $count } сообщений отзываю на шлюзе; что удалось — покажет карточка.
    }
cancel-leaving = { $count ->
        [one] { $count } сообщение, возможно, уходит прямо сейчас; если вернётся, повторно не отправлю.
        [few] { $count } сообщения, возможно, уходят прямо сейчас; вернувшиеся повторно не отправлю.
       *[many] { $count } сообщений, возможно, уходят прямо сейчас; вернувшиеся повторно не отправлю.
    }
cancel-gone = { $count ->
        [one] { $count } сообщение уже ушло, его не остановить.
        [few] { $count } сообщения уже ушли, их не остановить.
       *[many] { $count } сообщений уже ушли, их не остановить.
    }
cancel-nothing = останавливать уже нечего.

## Что должен исправить человек: что не вышло, что не сделано, что делать

problem-no-number = В начале «{ $typed }» не вижу номера. Ничего не отправлено. Напишите, например: <code>/send +79031234567 Ваш текст</code>
problem-no-text = Нет текста. Ничего не отправлено. Напишите его после номера.
problem-no-account = К этому чату не подключён ни один шлюз. Ничего не отправлено. { $role ->
        [admin] Начните с /connect.
       *[other] Подключить его может только администратор.
    }
problem-unknown-account = В этом чате нет аккаунта { $name }. Ничего не отправлено. Аккаунты здесь: { $known }.
problem-account-stopped = Аккаунт { $name } остановлен. { $trouble } Ничего не отправлено. См. /accounts.
problem-unknown-option = Не знаю параметра { $option }=. Ничего не отправлено. Знаю: { $known }. Если это часть текста, поставьте номер перед ней.
problem-too-many-numbers = Номеров { $count }, это слишком много: { $own ->
        [yes] у оператора их может быть не больше { $limit }, у менеджера больше. Ничего не отправлено. Попросите менеджера отправить это или разделите список.
       *[no] за раз их может быть не больше { $limit }. Ничего не отправлено. Разделите список.
    }
problem-all-dropped = { $count ->
        [1] { $raw } — не тот номер, на который доходит SMS: { $why }. Ничего не отправлено. Проверьте номер.
       *[many] Ни на один из этих номеров ({ $count }) SMS не дойдёт; первый, { $raw }: { $why }. Ничего не отправлено. Проверьте номера.
    }
problem-all-stopped = { $count ->
        [1] { $raw } в стоп-листе: этот аккаунт на него больше не пишет. Ничего не отправлено. См. /stoplist.
       *[many] Все эти номера ({ $count }) в стоп-листе: этот аккаунт на них больше не пишет. Ничего не отправлено. См. /stoplist.
    }
problem-text-too-long = В тексте { $length } знаков; { $gateway } принимает не больше { $limit }. Ничего не отправлено. Сократите текст.
problem-too-many-segments = Текст занимает { $segments } частей; здесь разрешено { $limit }. Ничего не отправлено. Сократите текст: знаков в нём { $length }, а войдёт { $room }.
problem-sender-needed = У { $gateway } нет имени отправителя по умолчанию, и в этом аккаунте оно не задано. Ничего не отправлено. Добавьте from=ИМЯ или подключите аккаунт заново с отправителем.
problem-bad-sender = Имя отправителя «{ $sender }» не подходит: этот шлюз принимает до { $latin } латинских букв, цифр и знаков или до { $digits } цифр. Ничего не отправлено. Исправьте from=.
problem-bad-time = Не могу прочесть время «{ $typed }». Ничего не отправлено. Напишите так: at=2026-12-01T10:00 или at="завтра в 10"
problem-past-time = «{ $typed }» уже прошло. Ничего не отправлено. Выберите время позже или уберите at=.
problem-far-time = «{ $typed }» — больше чем через год. Ничего не отправлено. Выберите время раньше.
problem-bad-validity = Не могу прочесть valid={ $typed }. Ничего не отправлено. Напишите так: valid=2h, valid=30m или valid=1d.
problem-no-validity = Этот шлюз не принимает срок жизни. Ничего не отправлено. Уберите valid=.
problem-validity-range = Этот шлюз принимает срок жизни от { $shortest } до { $longest } минут. Ничего не отправлено. Исправьте valid=.
problem-unknown-kind = Не знаю вида «{ $typed }». Ничего не отправлено. Знаю: { $known }.
problem-unsupported-kind = { $gateway } этого не умеет: { $asked }. Ничего не отправлено. Умеет: { $kinds }. { $others ->
        [none] Исправьте kind= или уберите его.
       *[other] Здесь это умеет аккаунт { $others }. Допишите в начале via=.
    }
problem-text-unwanted = Здесь текста нет: { $asked }. Ничего не отправлено. Уберите «{ $typed }» или исправьте kind=.
problem-bad-local = Не могу прочесть local={ $typed }. Ничего не отправлено. Напишите local=yes или local=no.
problem-local-without-time = Для local=yes нужно время. Ничего не отправлено. Допишите его так: at=2026-12-01T10:00
problem-local-with-zone = В «{ $typed }» назван свой часовой пояс, а local=yes — это часовой пояс каждого получателя. Ничего не отправлено. Напишите время без часового пояса или уберите local=.
problem-local-past = { $known ->
        [no] «{ $typed }» по часам получателей могло уже пройти для { $count } из { $total } номеров: их часовой пояс здесь неизвестен.
       *[yes] «{ $typed }» по часам получателей уже прошло для { $count } из { $total } номеров.
    } Ничего не отправлено. Выберите время позже или уберите local=.

## Входящие SMS

inbound =
    📩 <b>{ $number }</b> → { $to } · { $account }
    <blockquote>{ $text }</blockquote>
    { $time }

inbound-card =
    📩 <b>{ $number }</b> → { $to } · { $account }
    <blockquote>{ $text }</blockquote>
    { $time }
inbound-sent = Отправляли: <blockquote expandable>{ $text }</blockquote>
inbound-hint = Ответьте на это сообщение, и ответ уйдёт как SMS.
inbound-done = ✔ Здесь никто не ждёт.
inbound-claimed = { $waits ->
        [yes] 🙋 Занимается { $name }.
       *[no] ✔ Здесь никто не ждёт; занимается { $name }.
    }
inbound-stopped = 🚫 В стоп-листе: этот аккаунт больше ничего не отправит на этот номер. /stoplist remove вернёт.
inbound-unanswered = ⏰ { $number } ({ $account }) ждёт ответа: { $age }.
button-talk-reply = ↩ Ответить
button-talk-claim = 🙋 Беру
button-talk-done = ✔ Готово
button-talk-snooze = ⏰ Отложить
button-talk-more = Ещё
button-talk-open = Открыть переписку
button-talk-stop = 🚫 В стоп-лист
talk-title = <b>{ $number }</b> · { $account }
talk-in = { $time } 📩 { $text }
talk-out = { $time } 📤 { $text } ({ $state })
talk-hint = Ответьте на это сообщение, и ответ уйдёт как SMS.
talk-reply = Ответьте на это сообщение: текст уйдёт на { $number } как SMS, через { $account }.
talk-reply-placeholder = Текст SMS
toast-talk-claimed = За вами.
toast-talk-taken = Уже занимается { $name }.
toast-talk-done = Готово.
toast-talk-snoozed = Напомню: { $time }
toast-talk-stopped = В стоп-листе. На этот номер больше ничего не уйдёт.
answer-offer = ↩ SMS на <b>{ $number }</b> от { $sender }, через { $account }: { $segments ->
        [one] { $segments } часть
        [few] { $segments } части
       *[many] { $segments } частей
    }.
    <blockquote>{ $text }</blockquote>
    Отправить?
answer-later = 🕒 С этого аккаунта SMS уходят только в определённые часы: эта уйдёт { $time }.
answer-since =
    ⚠ Этому клиенту уже отвечает { $name }:
    <blockquote>{ $text }</blockquote>
answer-goes-later = ↩ Ответ (#{ $campaign }) уйдёт { $time }. До этого его остановит /cancel { $campaign }.
answer-replaced = ↩ Сообщение изменили: по этому вопросу ничего не отправлено.
answer-asked-anew = ↩ Пока ничего не отправлено: есть новости, поэтому спрашиваю ещё раз ниже.
answer-unchanged = { $waits ->
        [yes] ✋ Уйдёт как было, ваша правка до клиента не дойдёт (пока не ушло, остановит /cancel { $campaign }):
       *[no] ✋ Уже ушло как было, ваша правка до клиента не дойдёт:
    }
    <blockquote>{ $text }</blockquote>
toast-answer-later = #{ $campaign } уйдёт { $time }.
toast-answer-since = { $name } тем временем отвечает клиенту: посмотрите и нажмите ещё раз ниже.
toast-answer-asked-anew = Есть новости: посмотрите и нажмите ещё раз ниже.
toast-replaced = Этот вопрос устарел: по нему ничего не отправлено.
talk-answered =
    ↩ { $name } отвечает из другого чата:
    <blockquote>{ $text }</blockquote>
inbound-answered = ↩ { $name } отвечает из другого чата: <blockquote>{ $text }</blockquote>
answer-taken = ⚠ Этой перепиской занимается { $name }.
answer-goes = ↩ Ответ в очереди (#{ $campaign }): что с ним, покажет реакция на ваше сообщение.
answer-unknown = Я уже не знаю, чья это была SMS. Ничего не отправлено. /inbox покажет, кто ждёт; /inbox и цифры номера найдут переписку.
answer-old = Эта карточка старая. Чтобы ничего не ушло не тому человеку, ничего не отправлено: откройте переписку и ответьте там.
answer-no-text = В SMS бывает только текст. Ничего не отправлено. Ответьте словами.
answer-to-nobody = { $name } — не номер: SMS туда не отправить. Ничего не отправлено.
answer-stopped = Номер в стоп-листе: клиент просил больше не писать. Ничего не отправлено. Менеджер может его вернуть: /stoplist remove.
topic-card =
    📌 <b>{ $name }</b> · { $account }
    Что вы напишете в этой теме, уйдёт клиенту как SMS. Что начинается с <code>{ $note }</code>, останется между вами.
    Закрыть тему значит «Готово», следующая SMS откроет её снова. Новое имя темы станет именем клиента.
topic-anew = Тему { $name } ({ $account }) удалили. Переписка продолжается в новой.
topic-rights = Не получается вести по теме на каждого клиента: мне не хватает права { $rights }. Как дать: настройки группы → Администраторы → я → включить. Пока что SMS клиентов приходят карточками. Темы не нужны: /inbox topics off.
right-can_manage_topics = «Управление темами»
right-can_pin_messages = «Закрепление сообщений»
inbox-title = <b>Ждут ответа: { $count }</b>, сначала те, кто дольше
inbox-line = { $number } · { $age }{ $name ->
        [none] {""}
       *[other] {" "}· 🙋 { $name }
    }: { $text }
inbox-more = и ещё { $count }
inbox-empty = Ответа никто не ждёт.
inbox-found = { $count ->
        [0] Переписки с таким номером нет.
        [one] { $count } переписка:
        [few] { $count } переписки:
       *[many] { $count } переписок:
    }
inbox-usage = /inbox покажет, кто ждёт; /inbox 4567 найдёт номер по цифрам, /inbox Иван — по имени; /inbox confirm off — отвечать без ✅, /inbox confirm on — снова спрашивать; /inbox topics on или off — по теме на клиента в группе с темами.
inbox-topics = У каждого клиента своя тема: она появится, когда он напишет впервые.
inbox-no-topics = Без тем: SMS клиентов приходят карточками.
inbox-no-forum = В этой группе нет тем: включите их в её настройках, «Темы». Пока что SMS клиентов приходят карточками.
inbox-confirms = Ответы в этом чате ждут ✅.
inbox-at-once = Ответы в этом чате уходят сразу.

## Стоп-лист

stoplist-title = <b>Стоп-лист</b>: на эти номера ничего не уходит.
stoplist-account = <b>{ $name }</b>: { $count }
stoplist-line = { $number } · { $time } · { $name }
stoplist-own-word = просили по SMS
stoplist-more = и ещё { $count }: /stoplist export
stoplist-hint = /stoplist add +79031234567, …; /stoplist remove …; /stoplist export даст таблицу, /stoplist import примет номера, каждый с новой строки, или таблицу: подписью к ней или ответом на неё.
stoplist-usage = Напишите /stoplist, /stoplist add +79031234567, /stoplist remove +79031234567, /stoplist export или /stoplist import: с номерами с новых строк, подписью к таблице или ответом на неё.
stoplist-no-account = К этому чату шлюз не подключён, и стоп-листа нет.
stoplist-wrong = «{ $typed }» — не номер. Ничего не изменено.
stoplist-too-many = Не больше { $limit } номеров за раз. Ничего не изменено.
stoplist-added = { $count ->
        [1] { $number } в стоп-листе.
       *[other] { $number } и другие, всего { $count }, в стоп-листе.
    } Новых записей: { $gone }.
stoplist-removed = { $count ->
        [1] { $number } больше не в стоп-листе.
       *[other] { $number } и другие, всего { $count }, больше не в стоп-листе.
    } Убрано записей: { $gone }.
file-reading-stop-list = Читаю { $name }. Все номера из него попадут в стоп-лист; никому ничего не отправлю.
stoplist-imported = <b>{ $name }</b>: { $count ->
        [one] { $count } номер из файла в стоп-листе.
        [few] { $count } номера из файла в стоп-листе.
       *[other] { $count } номеров из файла в стоп-листе.
    } Новых записей: { $gone }.
stoplist-table = { $count ->
        [one] Стоп-лист: { $count } запись.
        [few] Стоп-лист: { $count } записи.
       *[other] Стоп-лист: { $count } записей.
    }

## Показ в терминале

demo-begins = Показ: настоящий бот с двойниками Telegram и четырёх шлюзов, только на этой машине.
demo-step-invite = впускаем Бориса наблюдателем: по ссылке, с подтверждением Анны
demo-step-deny = и снова забираем роль
demo-step-connect = подключаем аккаунт; сообщение с паролем удалено
demo-step-balance = спрашиваем баланс
demo-step-send = одно SMS на три номера, один из них не получится
demo-step-states = все состояния до конца, неудача — ответом на карточку
demo-step-journal = собственный журнал шлюза: каждый номер принят ровно один раз
demo-step-schedule = одно SMS на потом
demo-step-cancel-gateway = отменено, и шлюз его отозвал
demo-step-cancel-desk = отменено до ухода: шлюз его не видел
demo-held = Шагов прошло: { $count }.
demo-broke = Этот шаг не прошёл: { $step }
demo-up = Бот работает. Откройте { $page } и поговорите с ним; Ctrl-C остановит всё.
demo-how =
    Можно и отсюда: напишите строку и нажмите Enter; одно число нажимает эту кнопку последней карточки.
    Строку, которая начинается с boris:, говорит Борис, оператор; anna@group: и boris@group: говорят в группе. Дальше
    говорит тот же, пока строка не начнётся с anna:.

    По HTTP: curl { $url }/control/say -d chat_id={ $person } -d person_id={ $person } -d 'text=/balance'
             curl '{ $url }/control/transcript?chat_id={ $person }'
    Борис — это person_id={ $guest }, группа — chat_id={ $group }.

    Аккаунты: логин { $login }, пароль { $password }, шлюзы devino_rest, devino_soap, sms_pager, smsc.
    Последние две цифры номера выбирают его судьбу: 00 доставлено, 01 не доставлено, 02 срок истёк,
    03 отклонено, 04 медленно, 05 сначала модерация, 06 отказ сразу, 07 без статуса.

    Начните с: /connect smsc { $login } { $password } ACME
    затем:     /send +79031234500 Ваш заказ готов
demo-outside =
    Всё вокруг бота работает; сам бот не запущен. Запустите его в другом терминале:

        { $command }

    Потом откройте { $page } и поговорите с ним; Ctrl-C остановит то, что здесь.
demo-port = Порт { $port } занят. Выберите другой: smsdesk demo --port { $other }
demo-deleted = (бот удалил сообщение)
demo-reply = (в ответ на карточку)
demo-bye = Остановлено.

## Журнал действий и забывание

only-in-private = Об этом я рассказываю только лично: это касается всех чатов. Напишите мне туда. Ничего не сделано.
audit-title = <b>Кто что делал</b>, сначала новое. № — номер записи, # — номер рассылки.
audit-line = №{ $number } · { $time } · { $name }: { $did }{ $whom ->
        [none] { "" }
       *[other] { " " }· { $whom }
    }
audit-none = Таких записей нет.
audit-usage = Не понимаю «{ $typed }». Напишите /audit или уточните в любом порядке: /audit #12, /audit by=Анна, /audit by=1001, /audit did=confirm, /audit 30d, /audit 2h. После by= идёт числовой id или часть имени, но не имя с @: оно переходит из рук в руки. После did= известны: { $known }
audit-table = Записи таблицей: { $count }, не больше последних { $limit }. За более старыми назовите период: /audit 2026-01-01..2026-06-30
whom-person = { $name } (id { $person })
whom-private = в личном чате
whom-chat = чат { $chat }
whom-name = { $value }
whom-role = роль: { $value }
whom-was = была: { $value }
whom-via = { $value ->
        [invite] по приглашению
        [reply] ответом на сообщение
        [picker] из списка
       *[id] по id
    }
whom-gateway = { $value }
whom-why = { $value ->
        [auth_failed] логин или пароль не подошли
        [bad-credentials] логин или пароль не подошли
        [insufficient_funds] нет денег
        [account_blocked] аккаунт заблокирован
        [not_reached] шлюз недоступен
        [throttled] шлюз просил подождать
        [outcome_unknown] ответ шлюза не прочитан
        [unsupported] шлюз этого не умеет
       *[other] шлюз отказал
    }
whom-trouble = { $value ->
        [auth_failed] логин или пароль не подошли
        [bad-credentials] логин или пароль не подошли
        [insufficient_funds] нет денег
        [account_blocked] аккаунт заблокирован
        [not_reached] шлюз недоступен
        [throttled] шлюз просил подождать
        [outcome_unknown] ответ шлюза не прочитан
        [unsupported] шлюз этого не умеет
       *[other] шлюз отказал
    }
whom-alerts = { $value }
whom-settings = { $value }
whom-account = аккаунт { $value }
whom-for_chat = для: { $value }
whom-with = { $value }
whom-to = теперь { $value }
whom-title = { $value }
whom-sender = имя { $value }
whom-form = как { $value }
whom-messages = сообщений: { $value }
whom-draft = черновик { $value }
whom-stopped = остановлено: { $value }
whom-recalled = отозвано: { $value }
whom-gone = уже ушло: { $value }
whom-under_way = в пути: { $value }
whom-inbound = входящих: { $value }
whom-cause = { $value ->
        [copied] копия базы
        [backwards] прежнее состояние базы
        [failover] другой сервер базы
       *[silent] долгий перерыв
    }
whom-rows = строк: { $value }
whom-damaged = повреждено: { $value }
whom-attempt = попытка { $value }
whom-evidence = было известно: { $value ->
        [none] ничего
       *[other] { $value }
    }
whom-digest = отпечаток { $value }
audit-broken = ⚠ <b>Журнал действий кто-то менял</b>, или база повреждена: цепочка порвана на записи { $number }. Сохраните копию базы, выясните, кто мог в неё писать, и восстановите её из надёжной копии.
hold = ⛔ <b>Ничего не отправляется.</b> { $cause ->
        [copied] Эта база — копия или перенесена сюда из другого места.
        [backwards] Эта база вернулась к более раннему состоянию.
        [failover] Базу обслуживает другой сервер, и последние записи могли потеряться.
       *[silent] С этой базой долго никто не работал.
    } Отправленное с тех пор может числиться здесь неотправленным: в очереди { $count }. Если продолжить, оно уйдёт <b>второй раз</b>.
button-hold-go-on = 🔁 Сверить и продолжить: возможны повторы
button-hold-cancel = ✖ Отменить остальное
hold-ended = ✔ <b>Задержка снята</b> { $time }: { $name ->
        [none] командой release-hold на сервере.
       *[other] { $name }.
    }
hold-gone-on = Отпущено. Шлюзы опрашиваются о том, что в пути; очередь отправляется.
hold-cancelled = Отпущено. Отменено: { $count }.
card-recovering = ⛔ Всё задержано: база могла забыть, что уже отправлено. Решает администратор.
reception = ⚠ <b>Сообщения этому боту получает кто-то другой.</b> { $trouble ->
        [webhook] Установлен вебхук на { $host }.
        [removed] Вебхук удалён.
       *[polled] Другая программа забирает обновления с токеном этого бота.
    } Если это не вы, токен у кого-то ещё: выпустите у @BotFather новый командой /revoke, впишите его в настройки и перезапустите бота.
button-older = Раньше
button-newer = Позже
button-copy = 📋 Скопировать для поддержки
button-table = 📄 Таблица
did-confirm = отправка рассылки
did-dismiss = отказ от черновика
did-cancel = отмена рассылки
did-release = запуск опоздавшей рассылки
did-resume = возобновление аккаунта
did-connect = подключение аккаунта
did-connect-again = новый пароль аккаунта
did-connect-failed = неудачное подключение аккаунта
did-sender-add = заявка на имя отправителя
did-sender-change = изменение имени отправителя
did-sender-code = запрос кода для имени отправителя
did-sender-confirm = подтверждение имени отправителя
did-sender-delete = удаление имени отправителя
did-sender-keep = отказ от удаления имени отправителя
did-allow = выдача роли
did-role = смена роли
did-deny = отзыв роли
did-left = выход из группы и потеря роли
did-invite = создание приглашения
did-turn-away = отказ по приглашению
did-group = добавление бота в группу
did-group-left = удаление бота из группы
did-group-refused = попытка добавить бота в группу
did-moved = новый id группы
did-revoked = потеря роли вместе с группой
did-alerts = настройка предупреждений
did-settings = сменил язык или часы
did-snooze = предупреждение отложено
did-share = передача аккаунта ещё одному чату
did-unshare = отключение аккаунта от чата
did-stop-list-add = номер в стоп-лист
did-stop-list-remove = номер из стоп-листа
did-stop-list-export = выгрузка стоп-листа
did-stop-list-import = номера из файла в стоп-лист
did-answers-confirmed = ответы с подтверждением
did-topics-on = переписки в темах
did-topics-off = переписки без тем
did-answers-at-once = ответы без подтверждения
did-forget = удаление номера из базы
did-audit-export = выгрузка журнала таблицей
did-rotate-keys = смена ключей
forget-which = Какой номер забыть? Напишите его после команды: /forget +79031234567. Я скажу, что о нём есть, и без подтверждения ничего не удалю.
forget-kept = Ничего не забыто.
button-keep-number = ✖ Не забывать
did-hold-go-on = снятие задержки
did-hold-cancel = отмена задержанного
forget-usage = Не понимаю этот номер. Напишите /forget и один номер: /forget +79031234567. Ничего не сделано.
forget-offer = <b>Забыть { $number }?</b>
    Завершённых сообщений: { $count }. Ещё в пути: { $waiting }; они идут дальше и забудутся, когда завершатся. SMS с этого номера: { $total }. Контактов с ним: { $contacts }.
    Номер, тексты, которые не ушли никому больше, и то, что с него пришло, удаляются навсегда; счётчики остаются. То, что написано в чатах Telegram, останется там: удалите сами.
button-forget = ✅ Забыть
forgotten = { $number } забыт: отправленных { $count }, полученных { $total }. { $waiting ->
        [0] В пути ничего нет.
       *[other] Ещё в пути: { $waiting }; забудутся, когда завершатся.
    }
number-forgotten = (номер удалён)
card-purged = Номера и текст удалены { $time }.
command-audit = кто что сделал
command-forget = забыть номер

## Кому что можно

role-viewer = наблюдатель
role-operator = оператор
role-manager = менеджер
role-admin = администратор
role-gone = Вашу роль тем временем изменили. Ничего не сделано.
not-your-role = Для этого нужна роль: { $least }. Ваша: { $role }. Ничего не сделано. Другую роль даёт администратор.
not-your-campaign = Это чужая рассылка; чтобы остановить или отпустить её, нужна роль: менеджер. Ничего не сделано.
nameless = Мне не видно, кто вы: вы пишете от имени группы или канала. Ничего не сделано. Чтобы давать команды, выключите анонимность в правах администратора или выберите отправителем себя.
too-fast = Это больше { $limit } в минуту. Всё сверх этого ничего не сделало; продолжайте через минуту.
stale =
    Вы написали это { $age }, а я тогда не мог ответить. Это не отправлено:
    <blockquote>{ $typed }</blockquote>
    Всё ещё отправить?
button-still = ✅ Отправить
limit-messages = { $whose ->
        [person] Вам можно отправить
       *[account] Этому аккаунту можно
    } { $limit } сообщений { $span ->
        [day] за 24 часа
        [month] за 30 дней
       *[hour] в час
    }: на то время осталось { $left }, здесь { $count }. Ничего не отправлено. { $free }
limit-money = { $whose ->
        [person] Вам можно потратить
       *[account] Этому аккаунту можно потратить
    } { $limit } { $span ->
        [day] за 24 часа
        [month] за 30 дней
       *[hour] в час
    }: на то время осталось { $left }, это стоит { $cost }. Ничего не отправлено. { $fits ->
        [0] Не поместится ни одно сообщение.
       *[other] Из { $count } сообщений поместилось бы: { $fits }.
    } { $free }
limit-free = { $free ->
        [never] Разделите на части.
       *[other] Место будет с { $free }.
    }
limit-unpriced = Сколько это стоит, неизвестно, а на деньги здесь есть предел. Ничего не отправлено. Тот, кто ведёт бота, может задать limits.segment_price.
people-configured = Это администратор из конфигурации. В чате его роль не меняется: она задана в telegram.admins. Ничего не сделано.
allow-usage = Не вижу, о ком речь. Напишите /allow ID РОЛЬ, например <code>/allow 123456789 operator</code>, или ответьте на чьё-то сообщение командой /allow. Роли: viewer, operator, manager, admin. Ничего не сделано.
allow-ways = Кому дать доступ? Ответьте в группе на сообщение человека командой /allow, напишите <code>/allow 123456789</code> с его числовым id или отправьте ему ссылку.
allow-pick = Или выберите человека из своего списка:
allow-which = <b>{ $name }</b> (id { $person }): кем? Наблюдатель читает, оператор отправляет, менеджер ведёт все рассылки, администратору можно всё.
button-pick = 👤 Выбрать человека
button-invite = 🔗 Пригласить ссылкой
allowed = { $name }, теперь роль: { $role }.{ $was ->
        [none] { "" }
       *[other] { " " }Была: { $was }.
    }
people-one-at-a-time = По одному, пожалуйста: здесь несколько id. Ничего не сделано.
people-by-name = Имена с @ не принимаю: они переходят из рук в руки, а числовой id — нет. Ответьте на сообщение человека, выберите его из списка или пошлите ссылку: /allow. Ничего не сделано.
people-forwarded = Это пересланное сообщение: по нему не видно, кого вы имеете в виду. Ответьте на сообщение, которое человек написал здесь, или назовите id. Ничего не сделано.
people-oneself = Свою роль никто не меняет сам. Это может другой администратор; /deny с вашим id откажется от неё. Ничего не сделано.
people-no-bots = Это бот или то, чем Telegram подписывает анонимных отправителей, а не человек. Ничего не сделано.
people-unknown-role = Не знаю роли «{ $typed }». Роли: viewer, operator, manager, admin или наблюдатель, оператор, менеджер, администратор. Ничего не сделано.
denied = { $name } больше ничего здесь не может. Открытые карточки и вопросы погашены.
denied-nobody = У { $name } не было роли. Ничего не сделано.
denied-waiting = У { $name } не было роли. Приглашение, по которому человек пришёл, закрыто: по нему больше никто не войдёт.
denied-yourself = Вы больше ничего здесь не можете. Ваши открытые карточки и вопросы погашены.
deny-yourself = Это вы. Забрать все ваши собственные права? Вернуть их сможет только другой администратор.
button-remove-me = ✖ Забрать мою роль
denied-left = <b>Осталось после этого человека</b> и пойдёт дальше, если не остановить:
denied-left-later = #{ $campaign } на { $time }
denied-left-now = #{ $campaign }, уходит сейчас
button-stop-all = ✖ Остановить все
deny-usage = Не вижу, о ком речь. Напишите /deny ID или ответьте на чьё-то сообщение командой /deny. Ничего не сделано.
deny-which = У кого забрать все права?
users-title = <b>Кому что можно</b>
users-configured = { $name ->
        [none] id { $person }
       *[other] <b>{ $name }</b> · id { $person }
    } · администратор, из конфигурации
users-line = <b>{ $name }</b> · id { $person } · { $role } · с { $time }, { $via ->
        [invite] по приглашению
        [reply] ответом на сообщение
        [picker] из списка
       *[id] по id
    }
users-more = и ещё { $count }
users-hint = Нажмите на имя, чтобы сменить роль или убрать. Дать доступ — /allow.
users-nobody = Роли есть только у администраторов из конфигурации. Дать доступ — /allow.
button-remove = ✖ Убрать
invite-which = Кем человек придёт?
invite-link =
    Приглашение, роль: { $role }. Действует один раз, { $minutes } мин; я спрошу вас, кто пришёл:
    { $link }
invite-waits = Спасибо. Того, кто вас пригласил, я попросил подтвердить, что это вы.
invite-opened = По вашему приглашению пришёл <b>{ $name }</b> (id { $person }), роль: { $role }. { $was ->
        [none] Это тот, кого вы ждали?
       *[other] Сейчас роль ниже: { $was }. Это тот, кого вы ждали, и дать ли роль: { $role }?
    }
invite-own = Это ваше собственное приглашение, поэтому ничего не произошло: ссылка по-прежнему действует. Отправьте её тому, кого зовёте.
invite-needless = У вас уже есть роль: { $role }, и это приглашение её не повысит. Ничего не сделано.
invite-kept = У { $name } тем временем роль: { $role }. Это приглашение её не повысит, поэтому ничего не сделано.
link-gone = Эта ссылка больше не действует. Ничего не сделано. Попросите новую.
role-changed = Теперь ваша роль: { $role }. Была: { $was }. Что я умею для вас — в /help.
role-lost = Вы больше ничего здесь не можете: роль у вас забрали. Открытые карточки и вопросы погашены.
card-closed = ⊘ Закрыто: у того, для кого это было, сменилась роль. То, что было здесь открыто, больше ничего не делает.
join-closed = ⊘ Закрыто: о правах этого человека тем временем решили иначе. Как он стоит сейчас — в /users.
button-admit = ✅ Впустить
button-turn-away = ✖ Это не он
turned-away = { $name } не впущен.
invite-welcome = Доступ открыт, ваша роль: { $role }. Что я умею для вас — в /help.
group-hello = Теперь я работаю здесь — для тех, у кого есть роль: её даёт /allow. Подключить шлюз — /connect.
group-unknown = Я работаю только в группах, куда меня привёл мой администратор, а эту пока не знаю. Ничего не сделано. Сначала здесь должен дать команду администратор, например /help.
group-leaves = Я работаю только в группах, куда меня добавил мой администратор, а эту не знаю. До свидания.
group-gone = ⚠ <b>Меня убрали из группы { $title }.</b> Мне больше никто не скажет, кто из неё вышел, поэтому кто вошёл через неё, остался без роли ({ $count }):
doctor-title = <b>Где я работаю и что мне там можно</b>
doctor-privacy = { $reads ->
        [yes] Режим приватности выключен: в группах я вижу все сообщения, это нужно для ответов на мои вопросы.
       *[no] Режим приватности включён: в группах я вижу только команды и ответы мне. Этого хватает, если на мои вопросы отвечать ответом.
    }
doctor-group = <b>{ $chat }</b>: { $admin ->
        [yes] администратор, знаю, кто вышел
       *[no] ⚠ не администратор: могу не узнать, кто вышел, дайте мне права
    }; { $deletes ->
        [yes] могу удалить написанный там пароль
       *[no] ⚠ не могу удалить написанный там пароль
    }; { $topics ->
        [yes] с темами, отвечаю в той теме, где спросили
       *[no] без тем
    }.
doctor-topics = ⚠ Мне не хватает права { $rights }: без него у клиентов там нет своих тем.
doctor-channel = <b>{ $chat }</b> (канал): { $posts ->
        [yes] могу писать
       *[no] ⚠ писать не могу: назначьте меня администратором с этим правом
    }.
doctor-gone = ⚠ <b>{ $chat }</b>: меня там нет или чата больше нет.
doctor-no-groups = Групп я не знаю. В личном чате права не нужны; в каналы я только отправляю то, что велит /alerts.
button-again = 🔄 Проверить снова
button-share = 🔗 Поделиться { $name }
share-which = Кому ещё можно пользоваться { $name }? 🔗 разрешает чату, ✖ забирает.
share-nowhere = Других чатов я не знаю. Сначала добавьте меня в группу.
shared = { $chat }: теперь можно пользоваться { $name }.
unshared = { $chat }: больше нельзя пользоваться { $name }. Уже подтверждённое уйдёт.
chat-own = наш личный чат

## Списки: файл, брошенный в чат

file-reading-send = Читаю { $name }. Ничего не уйдёт, пока вы не нажмёте ✅.
file-hint = Это список для рассылки? Пришлите его с подписью <code>/send</code> и текстом.
file-too-big = В этом файле { $size } МБ, а я беру не больше { $limit } МБ. Он не скачан, ничего не отправлено. Разделите его{ $csv ->
        [yes] { " " }на части.
       *[no] { " " }или сохраните как CSV.
    }
list-gone = Этого списка больше нет. Ничего не отправлено. Пришлите файл ещё раз.
list-broke = С этим списком я не справился. Ничего не отправлено. Пришлите файл ещё раз; если повторится, сохраните его как CSV.
list-empty = Отправлять в нём некому. Ничего не отправлено.
list-found = <b>{ $name }</b>: { $count ->
        [one] { $count } получатель
        [few] { $count } получателя
       *[many] { $count } получателей
    }
list-columns = Номера взяты из: { $number }
list-column = столбец { $number }
list-sheet = ⚠ Прочитан только лист «{ $sheet }», а всего их { $count }.
list-hidden-sheets = ⚠ Скрытых листов, которые не прочитаны: { $count }
list-ask-text = Какой текст отправить? /cancel — выйти.
list-fields = В тексте могут быть поля, для каждого получателя свои: { $fields }
list-which-number = <b>{ $name }</b>: в каком столбце номера?
list-sample = { $column }: { $cells }
column-chosen = Беру номера из: { $column }. Читаю файл ещё раз.
dropped-rows = Убрано строк: { $count } ({ $reasons })
dropped-reason = { $why } { $count }
dropped-row = · строка { $row }: { $raw } — { $why }
dropped-in-file = Все { $count } — в файле ниже.
dropped-file = { $name }: { $count ->
        [one] { $count } убранная строка
        [few] { $count } убранные строки
       *[many] { $count } убранных строк
    } и почему.
why-hidden = скрытая строка
why-mangled = номер обрезан табличной программой
why-empty = пусто
why-stop-list = в стоп-листе
left-out = · { $number } — { $why }
unknown-fields = Нет столбца для { $fields }. Ничего не отправлено. Есть: { $known }. Напишите текст ещё раз.
list-offer = <b>Проверьте и отправьте</b> · { $name }
    { $gateway } · аккаунт { $account } · от { $sender }
    { $count ->
        [one] { $count } получателю
       *[many] { $count } получателям
    }
list-again-of = 🔁 Тем, до кого не дошла #{ $campaign }
list-size = { $alphabets } · { $same ->
        [yes] по { $worst ->
            [one] { $worst } части
            [few] { $worst } части
           *[many] { $worst } частей
        }
       *[no] от { $least } до { $worst } частей
    }, всего { $total }
odd-found = ⚠ Символов, которые не то, чем кажутся: { $count }: { $named }
odd-lookalike = { $alphabet ->
        [cyrillic] кириллическая { $letter } в латинском слове «{ $word }»
       *[latin] латинская { $letter } в русском слове «{ $word }»
    }
odd-hidden = невидимый знак { $word ->
        [none] без слова рядом
       *[other] у слова «{ $word }»
    }
odd-blank = необычный пробел { $word ->
        [none] без слова рядом
       *[other] у слова «{ $word }»
    }
odd-costly = ⚠ Знаки, из-за которых в SMS входит меньше текста: { $chars }
odd-saves = ⚠ Без них в каждой SMS было бы меньше на { $count ->
        [one] { $count } часть
        [few] { $count } части
       *[many] { $count } частей
    }.
odd-links = Ссылки: { $links }
odd-braced = ⚠ Уйдёт буквально, вместе со скобками: { $braced }. { $filled ->
        [yes] Поле, которое заполнится, пишут в одинарных скобках.
       *[no] Поля заполняются в сохранённых текстах и в текстах для файлов и групп.
    }
list-cost-about = Цена: около { $cost }
list-leaves-now = Уйдёт { $seconds ->
        [0] сразу
       *[many] через { $seconds } с
    } после ✅.
list-before = ⚠ { $count ->
        [one] { $count } получателю
       *[many] { $count } получателям
    } из них этот текст уже уходил: #{ $campaign }, { $time }.
ask-repeat = ⚠ { $count ->
        [one] { $count } получателю
       *[many] { $count } получателям
    } из них этот текст уже уходил: #{ $campaign }, { $time }. Отправить ещё раз?
toast-overtaken = Тем временем повтор уже взял { $count } из них. Ничего не отправлено. Нажмите 🔁 ещё раз.
button-repeat = ✅ Отправить ещё раз
ask-count = Получателей { $count }, это много. Чтобы отправить, напишите их число, или /cancel.
ask-count-placeholder = Сколько получателей?
not-the-count = «{ $typed }» — не то число. Ничего не отправлено. Напишите { $count } или /cancel.
ask-approval = <b>{ $name } хочет отправить { $count ->
        [one] { $count } получателю
       *[many] { $count } получателям
    }</b>, всего частей { $segments }:
    <blockquote>{ $text }</blockquote>
approval-by = { $gateway }, { $account } · от { $sender }
approval-cost = Цена: { $cost }
approval-within = Одобрить должен кто-то другой, менеджер или администратор, за { $minutes } мин.
approval-nobody = Получателей { $count }: нужно ✅ второго администратора, а его нет. Ничего не отправлено. Добавьте его через /allow или отправьте из группы с менеджерами.
button-approve = ✅ Одобрить
approved = { $name } одобряет.
toast-not-yourself = Одобрить должен другой человек, не тот, кто просит.
toast-put-up = Теперь это должен одобрить кто-то другой.
toast-nobody-approves = Одобрить некому: см. ниже.
toast-asked = Ответьте на вопрос ниже.
button-pause = ⏸ Пауза
button-unpause = ▶ Продолжить
button-report-xlsx = 📄 XLSX
button-report-csv = 📄 CSV
button-report-unreached = 📄 До кого не дошло
button-resend = 🔁 Отправить тем, до кого не дошло
toast-paused = #{ $campaign } на паузе: больше ничего не уходит.
toast-nothing-to-pause = #{ $campaign }: в очереди ничего не осталось, ставить на паузу нечего.
toast-unpaused = #{ $campaign } продолжается.
toast-report = Отчёт сейчас будет.
toast-resend = Собираю тех, до кого не дошло.
toast-all-reached = Таких, до кого не дошло, нет.
in-vain = ⏸ #{ $campaign } на паузе: шлюз отказал во всех отправленных сообщениях ({ $refused }) по одной и той же причине. В очереди ещё { $waiting }. Продолжать?
card-paused = ⏸ Пауза: то, что в очереди, ждёт ▶.
card-progress = { $bar } { $percent }%
report-file = #{ $campaign }: { $count ->
        [one] { $count } сообщение
        [few] { $count } сообщения
       *[many] { $count } сообщений
    } на эту минуту.
report-unreached = #{ $campaign }: не дошло до { $count ->
        [one] { $count } получателя
       *[other] { $count } получателей
    }. Этот файл можно прислать сюда как список.
column-row = Строка
column-raw = Что стояло
column-why = Почему убрана
column-number = Номер
column-state = Статус
column-reason = Причина
column-code = Код
column-segments = Частей
column-price = Цена
column-accepted = Принято ({ $zone })
column-text = Текст
problem-list-empty = Отправлять в нём некому. Ничего не отправлено. Пришлите файл с номерами.
problem-list-kind = Для списка kind={ $typed } нельзя. Ничего не отправлено. Уберите его или напишите kind=flash.
problem-empty-field = Поле «{ $name }» пусто в строках ({ $count }): { $rows }{ $more ->
        [0] {""}
       *[many] {" "}и ещё { $more }
    }. Ничего не отправлено. Заполните их и пришлите файл ещё раз или напишите текст без этого поля.
problem-row-too-long = В строке { $row } из текста выходит частей { $segments }; здесь можно не больше { $limit }. Ничего не отправлено. Напишите короче.
answered-bad-time = Не могу прочесть время «{ $typed }». Ничего не отправлено. Напишите, например: завтра в 10
answered-no-hour = В «{ $typed }» нет часа. Ничего не отправлено. Напишите, например: завтра в 10
answered-past-time = «{ $typed }» уже прошло. Ничего не отправлено. Напишите время позже, например: завтра в 10
problem-which-midnight = «{ $typed }»: у этого дня две полночи, в начале и в конце. Ничего не отправлено. Напишите 00:00 для начала дня или 24:00 для конца.
problem-no-hour = В «{ $typed }» нет часа. Ничего не отправлено. Напишите, например, at="завтра в 10"
problem-skipped-time = Часы никогда не покажут «{ $typed }»: их тогда переводят вперёд. Ничего не отправлено. Выберите другое время.
table-unknown-format = Этот файл мне не прочесть. Ничего не отправлено. Я читаю CSV, XLSX, ODS и XLS.
table-not-a-table = Это не таблица, хотя файл мог быть так назван. Ничего не отправлено. Пришлите список как XLSX, XLS, ODS или CSV.
table-html = Это веб-страница, названная таблицей. Ничего не отправлено. Сохраните её как XLSX или CSV.
table-macros = В этой книге макросы. Ничего не отправлено. Сохраните её как XLSX без них.
table-password = Этот файл под паролем. Ничего не отправлено. Сохраните его без пароля.
table-damaged = Этот файл повреждён. Ничего не отправлено. Сохраните его заново, лучше как CSV.
table-quotes = Кавычка в строке { $row } не закрыта. Ничего не отправлено. Исправьте строку и пришлите файл ещё раз.
table-no-rows = В этом файле ничего нет. Ничего не отправлено.
table-no-sheet = Этого листа больше нет. Ничего не отправлено. Пришлите файл ещё раз.
table-only-titles = В столбце «{ $column }» нет ни одной строки с номером. Ничего не отправлено. Впишите номера под заголовком и пришлите файл ещё раз.
table-no-numbers = Столбца с номерами в этом файле не вижу. Ничего не отправлено. Нужен столбец с номерами вида +79031234567.
table-too-big = Этот файл, или то, что в нём упаковано, слишком велик. Ничего не отправлено. Сохраните его как CSV или разделите.
table-too-slow = Этот файл читать слишком долго. Ничего не отправлено. Сохраните его как CSV или разделите.
table-too-many-rows = В этом файле больше { $limit } строк. Ничего не отправлено. Разделите его.
table-too-many-columns = В этом файле больше { $limit } столбцов. Ничего не отправлено. Уберите лишние.
table-too-many-sheets = В этом файле больше { $limit } листов. Ничего не отправлено. Сохраните лист с номерами отдельно.
table-cell-too-long = Ячейка в строке { $row } слишком длинная. Ничего не отправлено. Сократите её.
did-approve = одобрение рассылки
did-put-up = просьба одобрить рассылку
did-pause = пауза рассылки
did-unpause = продолжение рассылки
did-report = отчёт о рассылке
status-one = #{ $campaign }: { $line }
status-not-in-it = Номера { $number } в #{ $campaign } нет.

## Сохранённые тексты

help-templates = /templates — сохранённые тексты
help-contacts = /contacts — контакты и группы
command-templates = сохранённые тексты
command-contacts = контакты и группы
templates-title = <b>Сохранённые тексты</b>: { $count }
templates-line = <b>{ $name }</b>: { $text }
templates-none = Пока нет ни одного.
templates-hint = Новый: ➕ или <code>/templates add ИМЯ текст</code>. Поле <code>{ $field }</code> заполняется из контакта или столбца файла.
templates-choice = Или возьмите сохранённый текст:
templates-choice-more = Остальные { $count } — в /templates.
template-title = <b>{ $name }</b>
template-fields = Поля: { $fields }
template-unknown = Текста с именем «{ $name }» нет. Все — в /templates, новый: /templates add ИМЯ текст. Ничего не сделано.
template-ask-name = Как назвать текст? До 32 знаков. /cancel — выйти.
template-ask-name-short = Имя текста
template-ask-text = Какой текст сохранить под именем «{ $name }»? Поля пишите в фигурных скобках: <code>{ $field }</code>. /cancel — выйти.
template-ask-text-short = Текст SMS
template-saved = Текст «{ $name }» сохранён. Он будет среди ответов на вопрос о тексте; все — в /templates.
template-replaced = Текст «{ $name }» заменён новым. Прежний был таким:
    <blockquote>{ $text }</blockquote>
template-deleted = Текст «{ $name }» удалён. Вот он в последний раз:
    <blockquote>{ $text }</blockquote>
templates-full = В этом чате уже { $limit } сохранённых текстов, больше нельзя. Ничего не сохранено. Удалите ненужный в /templates.
button-template-new = ➕ Новый текст
button-write = ✉ Написать SMS
button-remove-it = 🗑 Удалить
button-back = ◀ Ко всем
button-newer-page = ◀ Назад ({ $count })
button-older-page = Дальше ({ $count }) ▶
did-template-save = сохранён текст
did-template-delete = удалён сохранённый текст

## Контакты и их группы

contacts-title = <b>Контакты этого чата</b>: { $count }
contacts-found = <b>Контакты: «{ $part }»</b>: { $count }
contacts-none = Пока нет ни одного.
contacts-hint = Найти: <code>/contacts Анна</code>. Новый: ➕, <code>/contacts add +79031234567 Анна</code> или карточка контакта из Telegram. Файлом: пришлите его с подписью <code>/contacts</code> или <code>/contacts @группа</code>.
contact-title = <b>{ $name }</b>
contact-nameless = Без имени
contact-groups = Группы: { $groups }
contact-shared = { $called }: пока не в контактах.
contact-ask = Какой номер и имя? Например: +79031234567 Анна. Можно прислать карточку контакта. /cancel — выйти.
contact-ask-short = +7 903 123-45-67 Анна
contact-ask-name = Как назвать контакт { $called }? /cancel — выйти.
contact-ask-name-short = Имя
contact-usage = В «{ $typed }» не вижу номера в начале. Ничего не сохранено. Напишите, например: <code>/contacts add +79031234567 Анна</code>
contact-no-number = { $raw } — не номер, на который доходят SMS: { $why }. Ничего не сделано.
contact-gone = Этого контакта больше нет. Ничего не сделано.
contact-deleted = { $called }: удалено из контактов. Что отправлено, остаётся в /status; забыть номер совсем — /forget.
contacts-kept = { $count ->
        [one] Сохранён { $count } контакт
        [few] Сохранено { $count } контакта
       *[many] Сохранено { $count } контактов
    }: { $shown }
contacts-none-kept = Ничего не сохранено.
contacts-saved = <b>{ $name }</b>: { $count ->
        [one] сохранён { $count } контакт
        [few] сохранено { $count } контакта
       *[many] сохранено { $count } контактов
    }, новых { $total }
contacts-saved-into = Теперь в группе @{ $group }. Написать ей: <code>/send @{ $group } текст</code>
contacts-caption = Под файлом с контактами напишите <code>/contacts</code> или <code>/contacts @группа</code> с именем одной группы, и больше ничего. Ничего не сохранено.
file-reading-contacts = Читаю { $name }. Сохраню всех, кто в нём есть; никому ничего не отправлю.
list-which-name = <b>{ $name }</b>: в каком столбце имена?
button-no-names = Имён нет
names-chosen = Имена беру из столбца: { $column }. Читаю файл ещё раз.
no-names-chosen = Сохраню без имён. Читаю файл ещё раз.
problem-contacts-full = В чате может быть не больше { $limit } контактов, и столько уже есть: остальные не сохранены. Ничего не отправлено. Удалите ненужные в /contacts.
problem-unknown-group = Группы @{ $name } в этом чате нет. Ничего не отправлено. { $known ->
        [none] Групп пока нет: их делают в /contacts.
       *[other] Есть: { $known }.
    }
problem-empty-contact-field = Поле «{ $name }» пусто у { $count ->
        [one] { $count } получателя, в строке
       *[other] { $count } получателей, в строках
    } { $rows }{ $more ->
        [0] {""}
       *[other] {" "}и ещё { $more }
    } (по порядку группы). Ничего не отправлено. Дайте этим контактам имена в /contacts или напишите текст без этого поля.
ask-text-groups = Какой текст отправить группе { $groups }? Поле <code>{ $field }</code> заполню именем контакта. /cancel — выйти.
list-of-numbers = Номера
field-number = номер
field-name = имя
groups-title = <b>Группы контактов</b>: { $count }
groups-hint = Имя группы — одно слово; пишут ей так: <code>/send @группа текст</code>
group-title = <b>@{ $group }</b>: { $count ->
        [one] { $count } контакт
        [few] { $count } контакта
       *[many] { $count } контактов
    }
group-line = { $count }. { $called }
group-hint = Добавить: ➕ или <code>/contacts add @{ $group } +79031234567</code>. Убрать — на карточке контакта.
group-ask-name = Как назвать группу? Одно слово: буквы, цифры, «_» и «-», до 32 знаков. /cancel — выйти.
group-ask-name-short = клиенты
group-ask-whom = Кого добавить в @{ $group }? Номера через запятую, один номер с именем или карточка контакта. /cancel — выйти.
group-ask-whom-short = +7 903 123-45-67 Анна
group-bad-name = «{ $typed }» не может быть именем группы: нужно одно слово из букв, цифр, «_» и «-», до 32 знаков. Ничего не сделано.
group-unknown-yet = Группы @{ $group } в этом чате нет. Сделать: <code>/contacts add @{ $group }</code>
group-is-gone = Этой группы больше нет. Ничего не сделано.
group-deleted = Группы @{ $group } больше нет. { $count ->
        [one] Её { $count } контакт остался.
        [few] Её { $count } контакта остались.
       *[many] Её { $count } контактов остались.
    }
groups-full = В чате может быть не больше { $limit } групп, и они уже есть. Ничего не сделано. Удалите ненужную в /contacts.
button-contact-new = ➕ Новый контакт
button-contact-save = ➕ В контакты
button-groups = 👥 Группы
button-group = @{ $group } ({ $count })
button-group-new = ➕ Новая группа
button-group-add = ➕ Добавить
button-group-delete = 🗑 Удалить группу
button-rename = ✏ Имя
column-name = Имя
whom-contacts = контактов: { $value }
did-contact-save = сохранены контакты
did-contact-delete = удалён контакт
did-group-make = создана группа контактов
did-group-delete = удалена группа контактов
alert-balance = { $level ->
        [half] ⚠ <b>Денег мало</b>
        [zero] ⛔ <b>Деньги кончились</b>
        [negative] ⛔ <b>Баланс ниже нуля</b>
       *[low] ⚠ <b>Деньги кончаются</b>
    } · { $name } · { $gateway }
    Баланс: <b>{ $amount }</b>
alert-threshold = Вы просили предупредить при { $amount }.
alert-lasts = При расходе последних дней ({ $rate } в день) хватит: { $days }.
alert-rate-unknown = Надолго ли хватит, сказать нельзя: в последние дни ничего не тратили.
alert-days = { $count ->
        [0] меньше дня
        [one] { $count } день
        [few] { $count } дня
       *[many] { $count } дней
    }
alert-outage = 🔌 <b>Шлюз не отвечает</b> · { $name } · { $gateway }
    С { $time }. { $trouble } Очередь ждёт; дважды ничего не уйдёт.
alert-refused = 🔑 <b>Шлюз не принимает аккаунт</b> · { $name } · { $gateway }
    { $trouble }
alert-queue = ⏳ <b>Очередь стоит</b> · { $name } · { $gateway }
    { $count ->
        [one] Должно было уйти и не ушло { $count } сообщение
        [few] Должны были уйти и не ушли { $count } сообщения
       *[many] Должны были уйти и не ушли { $count } сообщений
    }, первое в { $time }. Смотрите /status.
alert-topped-up = ✅ <b>Пополнено</b> · { $name } · { $gateway }
    Баланс: <b>{ $amount }</b>
alert-answers = ✅ <b>Шлюз снова отвечает</b> · { $name } · { $gateway }
alert-accepted = ✅ <b>Шлюз снова принимает аккаунт</b> · { $name } · { $gateway }
alert-flows = ✅ <b>Очередь снова идёт</b> · { $name } · { $gateway }
alert-curve = Баланс: { $name }
alert-set = 🔔 Предупреждения о { $names } приходят сюда.
alerts-place-gone = ⚠ Меня удалили из <b>{ $title }</b>, куда идут предупреждения. Пока меня там нет, они приходят вам.
button-check-now = 🔄 Проверить
button-snooze = 🔕 Отложить
toast-alert-over = Это уже позади. Ничего не сделано.
toast-snoozed = Отложено до { $time }. Если станет хуже, я всё равно скажу.
toast-balance = { $name }: { $amount }. { $lasts }
digest-title = 📊 <b>{ $when }</b> ({ $zone }) { $chat }
digest-nothing = Ничего не отправляли.
digest-sent = { $count ->
        [one] Отправлено { $count } сообщение, доставлено { $delivered }.
        [few] Отправлено { $count } сообщения, доставлено { $delivered }.
       *[many] Отправлено { $count } сообщений, доставлено { $delivered }.
    }
digest-failed = Не удалось: { $count }
digest-reason = { $count } · { $why }
digest-why = { $state }: { $why }
digest-more = { $count } · по другим причинам
digest-waiting = { $count ->
        [one] Ответа ждёт { $count } клиент: /inbox
        [few] Ответа ждут { $count } клиента: /inbox
       *[many] Ответа ждут { $count } клиентов: /inbox
    }
digest-spent = Потрачено, { $name }: { $cost }
quiet-title = 🌙 <b>Пока было тихо</b>
crowded-title = ❗ <b>За это время не ушло ещё</b>
quiet-failed = { $count ->
        [one] #{ $campaign }: не удалось { $count } сообщение. /status { $campaign }
        [few] #{ $campaign }: не удалось { $count } сообщения. /status { $campaign }
       *[many] #{ $campaign }: не удалось { $count } сообщений. /status { $campaign }
    }
quiet-more = и ещё в рассылках ({ $count }): /status
settings-title = { $private ->
        [yes] <b>Ваши настройки</b>
       *[no] <b>Настройки этого чата</b>
    }
settings-language = Язык: { $own ->
        [ru] русский
        [en] английский
       *[no] как в Telegram
    }
settings-zone = Часы: { $zone }{ $own ->
        [yes] {""}
       *[no] , как везде на этом столе
    }
settings-answers = Ответы клиентам { $wait ->
        [yes] ждут ✅
       *[no] уходят сразу
    }: <code>/inbox confirm on</code>, <code>/inbox confirm off</code>
settings-usage = <blockquote><code>/settings язык en</code> (ru, авто), <code>/settings зона Asia/Omsk</code>. По этим часам я читаю время, которое вы пишете, и показываю своё. Предупреждения, сводка и тихие часы: /alerts.</blockquote>
settings-unreadable = Не понимаю «{ $typed }». Ничего не изменено. Напишите /settings язык ru, /settings язык авто или /settings зона Asia/Omsk.
language-ru = Русский
language-en = English
language-telegram = Как в Telegram
alerts-title = <b>Предупреждения</b>
alerts-line = { $name } · { $gateway }: { $threshold } → { $chat }{ $up ->
        [yes] { " " }· ⚠ сообщено
       *[no] { "" }
    }
alerts-none = { $name } · { $gateway }: никто не узнает
alerts-below = при { $amount }
alerts-days = когда остаётся { $days }
alerts-trouble = только о сбоях
alerts-here = сюда
alerts-digest = Сводка: { $every ->
        [weekly] по понедельникам
       *[daily] каждый день
    } в { $time } ({ $zone }) → { $chat }
alerts-no-digest = Сводка: нет
alerts-quiet = Тихие часы: { $start }–{ $end } ({ $zone }). Несрочное ждёт их конца.
alerts-no-quiet = Тихие часы: нет ({ $zone })
alerts-usage = <blockquote expandable><code>/alerts 500</code> при таком балансе, <code>/alerts 3д</code> когда хватит на три дня, <code>/alerts сбои</code> только если что-то сломалось, <code>/alerts выкл</code>; для одного аккаунта: <code>/alerts ИМЯ 500</code>. В канал или группу: <code>to=@channel</code>, <code>to="Название"</code>; сначала добавьте меня туда администратором с правом писать.
    <code>/alerts сводка день 9</code>, <code>/alerts сводка неделя 9:30</code>, <code>/alerts тихо 22-8</code>, <code>/alerts зона Asia/Omsk</code>.</blockquote>
alerts-unreadable = Не понимаю «{ $typed }». Ничего не изменено. Напишите /alerts 500, /alerts 3д, /alerts выкл, /alerts сводка день 9, /alerts тихо 22-8 или /alerts зона Asia/Omsk.
alerts-only-admin = Слать предупреждения в другой чат может только администратор. Ничего не изменено. Уберите to=, и они придут сюда.
alerts-unknown-chat = Не знаю чата { $chat }. Ничего не изменено. Сначала администратор должен добавить меня туда, в канал — администратором с правом писать. Знаю: { $known }.
button-alerts-to = 📣 В { $chat }
channel-hello = Могу писать в <b>{ $title }</b>; сам ничего там не говорю. Команда /alerts в чате с аккаунтами направит предупреждения туда.
