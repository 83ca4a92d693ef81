### The chat page of the demo (sandbox/page), in English. page.ru.ftl has the same keys; a test compares them.
### Plain text without variables: the page fills nothing in.

page-title = smsdesk demo
page-about = All of this runs on this machine: the real bot, stand-ins of Telegram and of the gateways. No SMS leaves it.
page-lost = The demo cannot be reached. Trying again …

page-theme = Light or dark
page-language = По-русски
page-people = Who you are
page-who-admin = admin
page-who-operator = operator
page-who-stranger = stranger
page-chats = Chats
page-unread = unread
page-you = You
page-panes = Parts of the page
page-tab-chats = Chats
page-tab-chat = Chat
page-tab-phone = Phone

page-kind-private = Private chat with the bot
page-kind-supergroup = Group
page-kind-channel = Channel
page-empty-private = Write /start, or try what the line below suggests. A stranger hears one neutral sentence and nothing more.
page-empty-supergroup = Nothing has been said here yet. Commands work here too; whoever is in the group sees the cards.
page-empty-channel = Nothing yet: only the bot writes here. In a chat with a gateway, tell it /alerts 500 to="Desk alerts", and warnings about money come here.
page-topics = Topics
page-general = General
page-typing = typing …
page-messages = Messages
page-down = To the newest message
page-drop = Drop the file to send it here
page-event = Something happened in the chat
page-service-forum_topic_created = Topic opened
page-service-forum_topic_edited = The topic is called now
page-service-forum_topic_closed = The topic is closed
page-service-forum_topic_reopened = The topic is open again
page-service-users_shared = A person was chosen for the bot

page-write = Message
page-commands = Commands
page-attach = Attach a file
page-attached = File to send
page-send = Send
page-silent = Only the bot writes here.
page-file-empty = This file is empty: there is nothing to send.
page-keys = Keys of the bot
page-pick = Whom does the bot get to know?

page-tools = With this message
page-reply = Reply
page-reply-to = Reply to
page-react = React
page-copy = Copy the text
page-copied = Copied
page-edit = Edit
page-edited = edited
page-editing = Editing
page-delete = Delete
page-ok = OK
page-cancel = Cancel
page-close = Close

page-step-connect = Connect a gateway. Login and password are those of the stand-in.
page-step-send = Send your first SMS.
page-step-confirm = Look at the card and press ✅ Send.
page-step-answer = The phone has it. Answer there as the customer.
page-step-trouble = Now make trouble: flip a switch beside the chat, send again, watch what the bot says.
page-step-more = Send to four numbers at once: their last digits choose their fate.
page-fill-in = Fill in
page-sample = Your order is ready
page-sample-sale = Open until nine today

page-phones = Customers' phones
page-handsets = Numbers
page-customer = customer
page-no-phone = Nobody yet
page-no-sms = The SMS you send arrive here.
page-sms = SMS on this phone
page-sms-queued = An SMS waits at the gateway …
page-sms-moderation = An SMS is being looked through at the gateway …
page-sms-sent = An SMS is on its way …
page-sms-undelivered = An SMS did not arrive
page-sms-expired = An SMS came too late and was dropped
page-sms-rejected = An SMS was rejected by the operator
page-sms-cancelled = An SMS was called back
page-sms-unknown = Nobody knows what became of an SMS
page-answer = Answer as the customer
page-answer-send = Send the answer
page-no-inbox = this gateway hands no answers over.

page-troubles = Make trouble
page-trouble-down = Gateways down
page-trouble-down-about = They refuse every connection.
page-trouble-lost = Answers get lost
page-trouble-lost-about = They accept an SMS, then let the bot wait in vain.
page-trouble-poor = Low balance
page-trouble-poor-about = One rouble is left: less than an SMS costs.
page-trouble-flood = Flood control
page-trouble-flood-about = Telegram tells the bot to wait; it shows nothing until then.

page-gateways = Gateways
page-down-now = not reachable
page-fates = What the last digits of a number do
page-fate-00 = delivered, as by most others
page-fate-01 = undelivered
page-fate-02 = expired
page-fate-03 = rejected by the operator
page-fate-04 = delivered, slowly
page-fate-05 = in moderation first
page-fate-06 = refused by the gateway at once
page-fate-07 = no status ever
