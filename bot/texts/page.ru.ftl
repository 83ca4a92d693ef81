### Страница демонстрации (sandbox/page), по-русски. В page.en.ftl те же ключи; их сравнивает тест.
### Простой текст без переменных: страница ничего не подставляет.

page-title = smsdesk: демонстрация
page-about = Всё это работает на этой машине: настоящий бот, двойники Telegram и шлюзов. Ни одно SMS её не покидает.
page-lost = Демонстрация не отвечает. Пробуем снова…

page-theme = Светлая или тёмная
page-language = In English
page-people = Кто вы
page-who-admin = админ
page-who-operator = оператор
page-who-stranger = чужой
page-chats = Чаты
page-unread = непрочитанных
page-you = Вы
page-panes = Части страницы
page-tab-chats = Чаты
page-tab-chat = Чат
page-tab-phone = Телефон

page-kind-private = Личный чат с ботом
page-kind-supergroup = Группа
page-kind-channel = Канал
page-empty-private = Напишите /start или попробуйте то, что подсказывает строка внизу. Чужой слышит одну нейтральную фразу и больше ничего.
page-empty-supergroup = Здесь ещё ничего не сказано. Команды работают и здесь; карточки видят все, кто в группе.
page-empty-channel = Пока пусто: сюда пишет только бот. В чате, где подключён шлюз, скажите ему /alerts 500 to="Desk alerts", и предупреждения о деньгах придут сюда.
page-topics = Темы
page-general = Общая
page-typing = печатает…
page-messages = Сообщения
page-down = К последнему сообщению
page-drop = Отпустите файл, чтобы отправить его сюда
page-event = В чате что-то произошло
page-service-forum_topic_created = Открыта тема
page-service-forum_topic_edited = Тема теперь называется
page-service-forum_topic_closed = Тема закрыта
page-service-forum_topic_reopened = Тема снова открыта
page-service-users_shared = Человек выбран для бота

page-write = Сообщение
page-commands = Команды
page-attach = Прикрепить файл
page-attached = Файл к отправке
page-send = Отправить
page-silent = Сюда пишет только бот.
page-file-empty = Этот файл пуст: отправлять нечего.
page-keys = Клавиши бота
page-pick = С кем познакомить бота?

page-tools = С этим сообщением
page-reply = Ответить
page-reply-to = Ответ на
page-react = Реакция
page-copy = Скопировать текст
page-copied = Скопировано
page-edit = Изменить
page-edited = изменено
page-editing = Изменение
page-delete = Удалить
page-ok = Понятно
page-cancel = Отмена
page-close = Закрыть

page-step-connect = Подключите шлюз. Логин и пароль — двойника.
page-step-send = Отправьте первое SMS.
page-step-confirm = Посмотрите на карточку и нажмите ✅.
page-step-answer = Оно в телефоне. Ответьте там за клиента.
page-step-trouble = Теперь неприятности: щёлкните переключателем рядом с чатом, отправьте ещё раз и смотрите, что скажет бот.
page-step-more = Отправьте сразу на четыре номера: их судьбу решают последние цифры.
page-fill-in = Подставить
page-sample = Ваш заказ готов
page-sample-sale = Сегодня открыто до девяти

page-phones = Телефоны клиентов
page-handsets = Номера
page-customer = клиент
page-no-phone = Пока никого
page-no-sms = Сюда приходят SMS, которые вы отправите.
page-sms = SMS в этом телефоне
page-sms-queued = SMS ждёт у шлюза…
page-sms-moderation = SMS проверяют у шлюза…
page-sms-sent = SMS в пути…
page-sms-undelivered = SMS не дошло
page-sms-expired = SMS опоздало и снято
page-sms-rejected = SMS отклонил оператор связи
page-sms-cancelled = SMS отозвано
page-sms-unknown = Что стало с SMS, никто не знает
page-answer = Ответить за клиента
page-answer-send = Отправить ответ
page-no-inbox = этот шлюз не передаёт ответов.

page-troubles = Устроить неприятность
page-trouble-down = Шлюзы лежат
page-trouble-down-about = Они отвергают каждое соединение.
page-trouble-lost = Ответы теряются
page-trouble-lost-about = Шлюз принимает SMS, и бот ждёт ответа напрасно.
page-trouble-poor = Мало денег
page-trouble-poor-about = Остался рубль: меньше, чем стоит SMS.
page-trouble-flood = Лимиты Telegram
page-trouble-flood-about = Telegram велит боту ждать; до тех пор ничего не видно.

page-gateways = Шлюзы
page-down-now = недоступен
page-fates = Что решают последние цифры номера
page-fate-00 = доставлено, как и с большинством других
page-fate-01 = не доставлено
page-fate-02 = срок истёк
page-fate-03 = отклонено оператором связи
page-fate-04 = доставлено, но медленно
page-fate-05 = сначала модерация
page-fate-06 = шлюз отказывает сразу
page-fate-07 = статуса нет никогда
