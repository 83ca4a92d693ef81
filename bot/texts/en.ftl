### Every word a person sees, in English. ru.ftl has the same keys; a test compares them.
### Values are escaped where they are filled in (bot/words.py); tags here are Telegram's HTML.

## States: the words of the glossary

state-queued = queued
state-submitting = submitting
state-accepted = accepted
state-in_moderation = in moderation
state-sent = sent
state-delivered = delivered
state-undelivered = undelivered
state-expired = expired
state-rejected = rejected
state-cancelled = cancelled
state-skipped = skipped
state-uncertain = uncertain
state-untracked = untracked
state-assumed_sent = assumed sent
state-abandoned = abandoned
state-read = { $state }, read
state-because = { $state }: { $why }

gateway-devino_rest = Devino REST
gateway-devino_soap = Devino SOAP
gateway-sms_pager = SMS-Pager
gateway-smsc = SMSC

## Start and help

neutral = This is a work bot. It serves a closed group of people.
start =
    <b>smsdesk</b>: SMS from this chat.

    { $accounts ->
        [0] No gateway is connected to this chat yet. { $role ->
            [admin] Begin with /connect.
           *[other] An admin connects one; /help tells what I can do for you.
        }
       *[other] Connected here: { $names }. { $role ->
            [viewer] Try /status or /help.
           *[other] Try /send or /help.
        }
    }
help = <b>What I can do</b>
help-send = /send — send an SMS; I ask step by step
help-file = 📎 To many: drop a list here (CSV, XLSX, ODS, XLS)
help-status = /status — the last messages; /status #12
help-campaigns = /campaigns — all campaigns of this chat
help-cancel = /cancel — leave, or stop a campaign
help-balance = /balance — money at the gateways
help-stats = /stats — counts and a chart
help-senders = /senders — sender IDs
help-alerts = /alerts — of money and gateway trouble
help-settings = /settings — language and clock
help-connect = /connect — connect a gateway account
help-accounts = /accounts — the accounts of this chat
help-allow = /allow — let somebody in: in reply to them, /allow ID, from a list or by a link
help-deny = /deny — take all rights from somebody, at once
help-users = /users — who may do what
help-doctor = /doctor — what rights I have in my groups, and what I miss
help-audit = /audit — who did what: /audit #12, /audit by=Anna 30d
help-forget = /forget — delete what is known of a number
help-inbox = /inbox — who waits for an answer
help-stoplist = /stoplist — who wants no more SMS
help-more-cancel = <code>/cancel #12</code> stops campaign 12.
help-more-inbox = <code>/inbox 4567</code> finds a number.
help-more-templates = <code>/templates add NAME text</code> saves a text.
help-more-contacts = <code>/send @group text</code> goes to a group of contacts.
help-more-stats = <code>/stats 30d</code>, <code>/stats this month</code>
help-more-alerts = <code>/alerts 500</code>, <code>/alerts 3d</code>; the digest and quiet hours are there too.
help-more-settings = <code>/settings language en</code>, <code>/settings zone Asia/Omsk</code>
help-more-file = A file in a group: with /send and the text as its caption. Fields of the text: <code>{ $field }</code>.
help-options = Options come first: <code>from=NAME</code> sender ID, <code>at=2026-12-01T10:00</code> time ({ $zone }), <code>local=yes</code> that time by each recipient's clock, <code>valid=2h</code> validity, <code>kind=flash</code> (viber, viber+sms, voice, hlr, ping) where the gateway can, <code>via=ACCOUNT</code>.
help-try =
    { "" }
    <b>Try</b>
    <code>/send +79031234567 Your order is ready</code>
    <code>/status</code>
    <code>/balance</code>
help-try-reading =
    { "" }
    <b>Try</b>
    <code>/status</code>
    <code>/balance</code>
    <code>/stats 7d</code>
command-send = send an SMS
command-status = what became of it
command-campaigns = all campaigns
command-cancel = leave or stop
command-balance = money at the gateways
command-stats = counts and a chart
command-senders = sender IDs
command-alerts = alerts, digest, quiet hours
command-settings = language and clock
command-connect = connect a gateway
command-accounts = accounts of this chat
command-allow = let somebody in
command-deny = take rights away
command-users = who may do what
command-doctor = my rights in groups
command-inbox = who waits for an answer
command-stoplist = who wants no more SMS
command-help = what I can do
command-start = begin
unknown-command = I do not know { $command }. { $nearest ->
        [none] /help lists what I can do.
       *[other] Did you mean { $nearest }?
    } Nothing was done.
not-yours-to-run = I only take commands that you write here yourself. A forwarded one, or one sent through another bot, did nothing. Write it anew.
edited = An edited command never runs again, and nothing was sent by this edit. What has left cannot be changed; for a new message write a new /send.
no-question = I am not asking anything now, so this did nothing. { $role ->
        [viewer] /help tells what I can do.
       *[other] /send begins, /help tells more.
    }
need-text = I can only use text here. Nothing was sent. Write it as text, or /cancel.
incident = Something broke on my side (incident { $incident }). This command had no effect. Try again; if it happens again, tell the person who runs this bot the incident code.
repeat = (repeat) { $text }
topic-gone = (Here, because the topic this belongs to is closed or deleted.) { $text }
unreached = (Here, because I could not write in the chat { $chat }. Let me in there, with the right to write.) { $text }

## Composing

ask-account = By which account?
ask-numbers = To which number? Several may be pasted, separated by commas or line breaks. /cancel leaves.
ask-numbers-placeholder = +7 903 123-45-67
ask-text = { $count ->
        [one] What is the text for { $sample }? /cancel leaves.
       *[other] What is the text for these { $count } numbers? /cancel leaves.
    }
ask-text-placeholder = Text of the SMS
left-flow = Left. Discarded: { $what }. Nothing was sent.
left-send = { $count ->
    [0] an SMS that was being written
    [one] an SMS that was being written, to one number
   *[other] an SMS that was being written, to { $count } numbers
    }
left-list = a list of recipients, whose text was asked for
left-count = a campaign that waited for its number of recipients
left-when = an SMS for which another time was asked
left-template = { $name ->
    [none] a text that was to be saved
   *[other] the text “{ $name }” that was to be saved
    }
left-contact = a contact that was to be saved
left-rename = a new name for a contact
left-group = a new group
left-connect = an account that was being connected
left-offer = { $count ->
    [one] an SMS to one recipient that waited for ✅
   *[other] an SMS to { $count } recipients that waited for ✅
    }
left-answer = an answer to a customer that waited for ✅
left-delete-sender = the deletion of the sender ID { $name }
left-column = a file whose columns were asked for
left-still-send = an old command that was shown back
left-forget = a number that was to be forgotten
nothing-to-leave = There is nothing to leave. To stop a campaign write its number: /cancel #12

## The confirm card

offer = <b>Check, then send</b>
    { $gateway } · account { $account } · from { $sender }
    To { $count ->
        [one] one number
       *[other] { $count } numbers
    }: { $samples }
offer-size = { $alphabet } · { $each ->
        [one] 1 segment
       *[other] { $each } segments
    } each, { $total } in all
offer-size-one = { $alphabet } · { $each ->
        [one] 1 segment
       *[other] { $each } segments
    }
kind-line = Kind: <b>{ $kind }</b>
kind-sms = SMS
kind-flash = flash SMS, shown at once and not kept
kind-viber = Viber
kind-viber_or_sms = Viber, and SMS where Viber does not reach
kind-voice = a call that reads the text out
kind-hlr = HLR request: asks the network about the number, sends nothing
kind-ping = ping: an SMS that the handset does not show
offer-default-sender = the gateway's default
offer-more = and { $count } more
offer-dropped = Dropped { $count }: { $list }
offer-dropped-one = { $raw } ({ $why })
offer-dropped-more = and { $count } more
why-malformed = not a number
why-landline = landline
why-foreign = foreign
why-duplicate = twice
offer-cost = Cost: { $cost }
offer-cost-unknown = Cost: unknown, this gateway gives no price beforehand
offer-cost-silent = Cost: unknown, the gateway gave no price now
offer-cost-refused = The gateway would refuse { $count ->
        [one] one number
       *[other] { $count } numbers
    }
offer-balance = Balance: { $balance }
offer-balance-after = Balance: { $balance }, then { $after }
offer-balance-short = ⚠ Balance: { $balance }. That is not enough: what cannot be paid waits until you top up.
offer-balance-credit = { $amount }, credit { $credit }
offer-balance-aged = { $amount } ({ $age })
offer-balance-unknown = Balance: unknown, the gateway does not answer now
offer-trouble = ⚠ { $trouble }
offer-at-gateway = 🕒 { $time }: the gateway keeps it until then and can call it back
offer-at-desk = 🕒 { $time }: it waits here until then
offer-local-there = 🕒 { $time } by each recipient's own clock: { $gateway } sees to that, by the zone it knows of the number. ⚠ Once it is handed over, right after ✅, it cannot be called back.
offer-local-here = 🕒 { $time } by each recipient's own clock: { $spread ->
        [no] that is { $earliest }
       *[yes] from { $earliest } to { $latest }
    }; it waits here until then
offer-local-unknown = For { $count ->
        [one] one number
       *[other] { $count } numbers
    } the zone is not known (a mobile number often does not tell): { $zone } is used instead
offer-validity = Valid for { $minutes } min
offer-expires = This card is good for { $minutes } min.
button-send = ✅ Send
button-schedule = ✅ Schedule
button-dismiss = ✖ Do not send
button-later = 🕒 At another time
ask-when = When shall it leave? For example: tomorrow 10:00, in 2 hours, 2026-12-01T10:00. /cancel leaves.
ask-when-placeholder = tomorrow 10:00
confirmed-card = Confirmed by { $name }: #{ $campaign }.
dismissed-for-later = This card sends nothing any more: another time is being chosen.
offer-put-off = ⚠ By this account SMS leave at certain hours only: this is the next moment at which it may.
closed-card = The hours at which SMS may leave by this account are over. Nothing was sent. Write /send again and it waits for the next.
toast-closed = Its hours are over: nothing was sent.
dismissed = Dismissed: nothing was sent.
expired-card = This card is older than { $minutes } min, so it sends nothing. Write /send again.
passed-card = The time on this card has passed meanwhile, or may have by the clock of some recipient, so it sends nothing. Write /send again with a later time.
toast-expired = Too late: nothing was sent. Write /send again.
toast-passed = Its time has passed: nothing was sent. Write /send again.
toast-dismissed = { $name } dismissed this: nothing was sent.
toast-already = { $name } has already confirmed this: #{ $campaign }.
toast-confirmed = #{ $campaign } is in the queue.
toast-released-later = #{ $campaign } leaves at { $time }: SMS may not leave earlier.
toast-scheduled = #{ $campaign } is scheduled.
toast-withdrawn = Your role was changed after this card came, and that closed it. Nothing was sent. Write /send again.
toast-not-yours = This card belongs to somebody else. Nothing was done.
taken-back = This chat may no longer use the account. Nothing was done.
toast-gone = This button no longer works. Nothing was done.

## The status card

card-title = <b>#{ $campaign }</b> · { $gateway }, { $account } · from { $sender }
card-line = { $mark } { $number } — { $state }
card-sum = Total { $total }: { $counts }
card-count = { $state } { $count }
card-why = <i>{ $why }</i>
card-skipped = Skipped { $count }: on the stop-list, see /stoplist.
card-cost = Cost: { $cost }
card-scheduled = 🕒 { $time }
card-undo = ⏳ It leaves { $seconds ->
        [one] a second
       *[other] { $seconds } seconds
    } after ✅; until then ✖ takes it back.
chart-title = <b>#{ $campaign }</b>: { $counts } ({ $zone })
button-chart = 📊 Chart
toast-nothing-ended = Nothing has come to an end yet: there is nothing to draw.
card-scheduled-there = 🕒 { $time } by each recipient's own clock; the gateway sees to that
card-scheduled-local = 🕒 by each recipient's own clock: { $spread ->
        [no] { $earliest }
       *[yes] from { $earliest } to { $latest }
    }
card-noted = { $line } · { $note }
card-held-some = ⏸ { $count ->
        [one] One message missed its time and waits for your word.
       *[other] { $count } messages missed their time and wait for your word.
    }
card-held-there = ⏸ { $count ->
        [one] One message could not be handed over in time and waits for your word.
       *[other] { $count } messages could not be handed over in time and wait for your word.
    }
card-held = ⏸ It missed its time and waits for your word.
card-stopped = ⏸ The account is stopped, what is queued waits. { $trouble } See /accounts.
card-cancelling = Called back at the gateway; what has already left cannot be.
card-uncertain = Uncertain, checking: it may have been sent. { $proves ->
        [yes] It goes again only if the gateway proves that it has not got it, or if one of you says so.
       *[no] It goes again only if one of you says so: this gateway cannot prove that it has not got it.
    }
card-author = { $name }, { $time }
button-cancel = ✖ Cancel
button-copy-number = 📋 Copy { $number }
button-release = ✅ Send now
button-hand-over = ✅ Hand over
button-resume = ▶ Resume { $name }
late = #{ $campaign } was to leave at { $time } and could not. It has not left. Send it now?
late-there = #{ $campaign }: { $count ->
        [one] one message was not handed over to { $gateway } in time. It has not left. By its recipient's clock { $time } may be past: only the gateway knows the time zone. Hand it over now? It goes when that clock shows the time, and at once if it has.
       *[other] { $count } messages were not handed over to { $gateway } in time. They have not left. By some of the recipients' clocks { $time } may be past: only the gateway knows the time zones. Hand them over now? Each goes when its recipient's clock shows the time, and at once if it has.
    }
late-some = #{ $campaign }: { $count ->
        [one] one message missed the time of its recipient's clock. It has not left. Send it now?
       *[other] { $count } messages missed the time of their recipients' clocks. They have not left. Send them now?
    }

## Failures: a new message in reply to the card

failed-title = { $count ->
        [one] <b>#{ $campaign }</b>: one message failed
       *[other] <b>#{ $campaign }</b>: { $count } messages failed
    }
failed-doubt = { $count ->
        [one] <b>#{ $campaign }</b>: one message is in doubt
       *[other] <b>#{ $campaign }</b>: { $count } messages are in doubt
    }
failed-line = { $number } — { $state }
failed-more = and { $count } more: /status #{ $campaign }
charged-no = Probably not charged.
charged-yes = Probably charged.
charged-maybe = Charged or not: unknown.
reason-recipient = The number does not exist or takes no SMS. Check it with the customer.
reason-unreachable = The handset was off or out of coverage. Try again later.
reason-barred = The subscriber or the operator blocks such SMS. Sending again will not help; reach the customer another way.
reason-sender = The sender ID is not registered or not allowed. Use a registered one: from=NAME.
reason-text = The text was refused: spam filter, forbidden words or a link, or no matching template. Change the text.
reason-schedule = The gateway cannot use that date. Choose another time.
reason-money = There was not enough money at the gateway. Top up, then send again.
reason-limit = A limit at the gateway or the operator was reached. Wait, or ask the gateway to raise it.
reason-route = The gateway has no way to that network. Ask the gateway's support.
reason-operator = The operator refused it and gives no detail. Try again later or ask the gateway's support with the code below.
reason-expired = Its validity period ran out before it could be delivered. Try again later.
reason-cancelled = It was cancelled.
reason-duplicate = The gateway took it for a repeat of the same message. Wait a minute or change the text.
reason-moderation = The gateway's moderators refused it. Change the text or ask the gateway's support.
reason-request = The gateway did not accept the request as we put it. Nothing of it was sent. Tell the person who runs this bot the code below.
reason-login = The gateway refuses the login. Connect again with /connect.
reason-account = The account is blocked or lacks a right at the gateway. Ask the gateway's support.
reason-busy = The gateway asked to wait.
reason-count_mismatch = The gateway's answer does not say which of the numbers it took, so each of them is in doubt. Look into the gateway's own list of messages before you decide.
reason-stop_list = The customer wants no more SMS from this account. Its stop-list: /stoplist.
reason-unexplained = The gateway gives no reason. Ask its support with the code below.
doubt = The request left and no readable answer came, so it may have been sent or not. I will not send it again by myself. Look into the gateway's own list of messages, then decide.
doubt-asked = The request left and no readable answer came. I keep asking the gateway by our own id and show here what it says.
untracked = The gateway took it but no longer tells what became of it. It may well have arrived.

## Doubts: the answer was lost. The card, its evidence, its buttons, what was decided

doubt-again = ⏰ Still open:
doubt-where = { $gateway }, { $account } · { $time }{ $attempts ->
        [one] { "" }
       *[other] { " " }and after, { $attempts } requests
    }
doubt-request = 🔁 Sent again before: this is request { $request }.
doubt-stake = At stake: about { $cost }
doubt-outlook = If the gateway still does not know { $count ->
        [one] it, it proves that nothing was sent, and the message goes again by itself, about { $time }.
       *[other] these { $count }, it proves that nothing was sent, and they go again by themselves, about { $time }.
    }
doubt-late = By now it is too late to send by myself, whatever the gateway says: you decide.
doubt-cancelled = The campaign is cancelled, so nothing of this is sent again.
evidence-line = 🔎 { $time }: { $says }{ $times ->
        [one] { "" }
       *[other] { " " }({ $times } times)
    }
evidence-none = 🔎 No evidence yet.
evidence-absent-report = the gateway knows of no such message
evidence-absent-push = the gateway knows of no such message
evidence-absent-history = it is not in the gateway's history
evidence-taken = the gateway has it: { $state }
evidence-word = the gateway has it, in a word I do not know
evidence-totals = the gateway counts { $counted ->
        [one] one segment
       *[other] { $counted } segments
    } since that minute; I am certain of { $known }{ $others ->
        [0] { "" }
       *[other] ; others in doubt: { $others }
    }
button-doubt-check = 🔄 Check again
button-doubt-sent = It was sent
button-doubt-again = 🔁 Send again
button-doubt-give-up = Give up
button-doubt-all = All of #{ $campaign } ({ $count })
button-doubt-every = ❓ #{ $campaign } ({ $count })
button-doubt-again-now = 🔁 Send { $count } again
button-doubt-keep = ✖ Not now
doubts-first = ❓ { $count ->
        [one] <b>One request is in doubt and waits for you:</b>
       *[other] <b>{ $count } requests are in doubt and wait for you:</b>
    }
doubt-sure = ⚠ <b>#{ $campaign }</b>: { $count ->
        [one] send one message again? If it did arrive, the customer gets it twice and you pay twice.
       *[other] send { $count } messages again? Those that did arrive, customers get twice and you pay for twice.
    }
doubt-kept = Nothing was sent. The doubt stays open.
doubt-moved = This card is out of date. /status #{ $campaign } shows what is known now.
doubt-was = <b>#{ $campaign }</b>: { $count ->
        [one] one message was in doubt.
       *[other] { $count } messages were in doubt.
    }
doubt-settled = Settled by itself: { $counts }.
doubt-not-sent = { $count ->
        [one] The gateway never had it, so it goes again.
       *[other] The gateway never had { $count } of them, so these go again.
    }
doubt-decided-sent = { $name }: it was sent.
doubt-decided-again = { $name }: send again.
doubt-decided-given_up = { $name }: given up.
doubt-contradiction = ⚠ <b>#{ $campaign }</b>, { $number }: of the request that was in doubt the gateway says now: { $says }. { $outcome }
doubt-late-over = It was decided otherwise meanwhile, and nothing is changed.
doubt-late-stopped = It was to be sent again and had not left yet: it does not go twice.
doubt-late-twice = It was sent again meanwhile, so the customer may get it twice.
toast-doubt-checking = I am asking the gateway.
toast-doubt-sure = Look at the question below.
toast-doubt-shown = The card of #{ $campaign } is below.
toast-doubt-decided = { $count ->
        [one] Done: one message.
       *[other] Done: { $count } messages.
    }
toast-doubt-stale = Something was learnt or decided meanwhile. Nothing was done: look at the card again.
did-doubt-sent = said of a doubt: it was sent
did-doubt-again = sent again what was in doubt
did-doubt-given-up = gave up what was in doubt

## What broke between us and a gateway: the small print of a doubt

break-refused = connection refused
break-name-not-found = the gateway's name is not known to the network
break-tls = no secure connection could be made
break-timeout = no connection in time
break-unreachable = no way to the gateway through the network
break-bad-address = the address of the gateway is wrong
break-too-late = the bot had stood still for too long, and sent nothing
break-no-answer = no answer in time
break-no-whole-answer = the answer did not come whole in time
break-broken-off = the connection broke off
break-not-http = what answered was no gateway
break-unsendable = the request could not be put on the wire
break-interrupted = the bot was stopped at that moment
break-unreadable = its answer could not be read

## Accounts

connect-which = Which gateway? /cancel leaves.
connect-login = Login at { $gateway }{ $group ->
        [none] { "" }
       *[other] { " " }for the group <b>{ $group }</b>
    }? /cancel leaves.
connect-password = Password{ $group ->
        [none] { "" }
       *[other] { " " }for the group <b>{ $group }</b>
    }? I delete your message at once. /cancel leaves.
connect-sender = Sender ID{ $group ->
        [none] { "" }
       *[other] { " " }for the group <b>{ $group }</b>
    } (a registered name or number) for messages of this account? A minus sign: the gateway's default. /cancel leaves.
connect-usage = Write: <code>/connect smsc LOGIN PASSWORD [SENDER]</code>, with a key of SMSC <code>/connect smsc apikey KEY [SENDER]</code>, or just /connect. Gateways: { $gateways }. Nothing was stored.
connect-in-private = Passwords are not for groups. Open me in private with this button; the account will belong to this group. The link works once, for you, for { $minutes } min.
connect-deleted = { $deleted ->
        [yes] Your message is deleted.
       *[no] ⚠ I could not delete your message; if it holds a password, delete it yourself.
    }
connect-bad-sender = That cannot be a sender ID, and I do not repeat it in case it is a password: at most 11 Latin letters, digits and signs, or at most 15 digits. Nothing was stored. Write a sender ID, or a minus sign for the gateway's default.
button-open-private = Connect in private
connected = { $gateway } is connected as <b>{ $name }</b>, { $tail ->
        [apikey] apikey
       *[other] login …{ $tail }
    }. Balance: { $balance }. { $deleted ->
        [yes] Your message with the password is deleted.
       *[no] ⚠ I could not delete your message with the password: delete it yourself.
    }
connected-again = { $gateway } is connected anew as <b>{ $name }</b>, { $tail ->
        [apikey] apikey
       *[other] login …{ $tail }
    }. Balance: { $balance }. { $deleted ->
        [yes] Your message with the password is deleted.
       *[no] ⚠ I could not delete your message with the password: delete it yourself.
    }
connected-for = It can be used in the group <b>{ $group }</b>: go back there and write /send.
connect-failed = { $gateway } is not connected. { $trouble } Nothing was stored. { $deleted ->
        [yes] Your message with the password is deleted.
       *[no] ⚠ I could not delete your message with the password: delete it yourself.
    }
accounts-none = No gateway is connected to this chat. { $role ->
        [admin] Begin with /connect.
       *[other] Only an admin can connect one.
    }
accounts-title = <b>Accounts of this chat</b>
accounts-line = <b>{ $name }</b> · { $gateway } · { $tail ->
        [apikey] apikey
       *[other] login …{ $tail }
    } · from { $sender } · { $state }
account-works = works
account-is-stopped = stopped. { $trouble }
account-stopped = ⏸ Account <b>{ $name }</b> ({ $gateway }) is stopped. { $trouble } { $waiting ->
        [0] Nothing waits in the queue.
        [one] One message waits in the queue; nothing of it was sent.
       *[other] { $waiting } messages wait in the queue; nothing of them was sent.
    }
resumed = ▶ { $name } works again.
trouble-auth_failed = The gateway refuses login or password (or our address). Check them and /connect again.
trouble-insufficient_funds = There is no money at the gateway. Top up, then press ▶ Resume.
trouble-account_blocked = The gateway has blocked the account or our address. Ask its support, then press ▶ Resume.
trouble-not_reached = The gateway cannot be reached. Try again later.
trouble-throttled = The gateway asks us to wait. Try again in a minute.
trouble-throttled-for = The gateway asks us to wait, { $seconds } s. Try again then.
trouble-outcome_unknown = The gateway's answer could not be read. Try again later.
trouble-unanswered = The gateway did not answer: { $why }. Try again later.
trouble-request_refused = The gateway refused the request ({ $code }). Ask its support.
trouble-unsupported = This gateway cannot do that.
trouble-bad-credentials = Login or password cannot be used as given. Check them and /connect again.

## Balance

balance-title = <b>Balance</b>
balance-line = { $name } · { $gateway }: { $amount } ({ $age })
balance-amount = <b>{ $amount }</b>
balance-credit = <b>{ $amount }</b>, credit { $credit }
balance-old = { $known }. It gives no balance at the moment. { $trouble }
age-now = now
age-seconds = { $count } s ago
age-minutes = { $count } min ago
age-hours = { $count } h ago
age-days = { $count ->
        [one] { $count } day ago
       *[other] { $count } days ago
    }
balance-lasts = { $known }; lasts { $days } at the rate of the last days
balance-failed = { $name } · { $gateway }: unknown. { $trouble }
accounts-more = and { $count } more accounts: connect fewer to one chat to see all

## Sender IDs

senders-title = <b>Sender IDs</b> of { $name } · { $gateway }
senders-line = <b>{ $sender }</b> — { $status }
senders-none = None yet. Apply for one: /senders add NAME what it is for
senders-more = and { $count } more
senders-hint = New: /senders add NAME what it is for. A number: /senders code NUMBER, then /senders confirm NUMBER CODE. Also /senders change NAME what for, /senders delete NAME.
senders-usage = Write: <code>/senders</code>, <code>/senders add NAME what it is for</code>, <code>/senders change NAME what it is for</code>, <code>/senders code NUMBER</code>, <code>/senders confirm NUMBER CODE</code> or <code>/senders delete NAME</code>. The account's name goes first where there are several. A name with blanks goes in quotes. Nothing was done.
senders-unknown-account = There is no account { $name } in this chat. Accounts here: { $known }. Nothing was done.
senders-which = Several accounts here have sender IDs: { $names }. Put the name first: /senders NAME …
senders-unable = { $name } · { $gateway }: sender IDs are managed on its site or by its support. Sender ID of the account: { $sender }.
senders-failed = { $name } · { $gateway }: not done. { $trouble }
senders-unread = { $name } · { $gateway }: the sender IDs are not known now. { $trouble }
senders-doubt = { $name } · { $gateway }: whether that was done is not known: { $why }. { $verb ->
        [code] The code may be on its way: wait for it before you ask for another.
       *[other] It may have been done: look with /senders before you repeat it.
    }
sender-done-add = Applied for { $sender } at { $name }. /senders tells what became of it.
sender-done-change = Changed what { $sender } is for at { $name }.
sender-done-code = The code is on its way to { $sender }. Then: /senders confirm { $sender } CODE
sender-done-confirm = { $sender } is confirmed at { $name }.
sender-done-delete = { $sender } is deleted at { $name }.
sender-delete = Delete the sender ID <b>{ $sender }</b> of { $name }? What is sent under it afterwards will be refused.
sender-kept = Nothing was deleted.
button-delete = ✅ Delete
button-keep = ✖ Do not delete
button-operators = 📶 By operator
operators-line = { $status }: { $operators }
operators-all = { $status }: at all { $count } operators
operators-none = No operator says anything of these sender IDs.
sender-pending = waits for moderation
sender-submitted = sent for registration
sender-allowed = allowed
sender-refused = refused
sender-off = off
sender-no_money = no money for the registration
sender-papers_needed = documents required
sender-from_next_month = from next month
sender-allowed_ending = allowed, marked for removal
sender-unknown = status unknown
operator-mega_step = MegaFon
operator-mega_int = MegaFon (international)
operator-bee_step = Beeline
operator-motiv = Motiv
operator-motiv_step = Motiv (paid name)
operator-motiv_int = Motiv (international)
operator-sber_step = SberMobile
operator-sber_int = SberMobile (international)
operator-winmob_step = Win Mobile
operator-volnamob_step = Volna Mobile
operator-mts_step = MTS
operator-mts_int = MTS (international)
operator-tele2_step = Tele2 (paid name)
operator-tele2 = Tele2
operator-tele2_int = Tele2 (international)
operator-ua_reg = Ukraine
operator-ua_int = Ukraine (international)
operator-by_reg = Belarus
operator-by_int = Belarus (international)

## Counts

stats-title = <b>{ $days ->
        [1] { $first }
       *[other] { $first } – { $last }
    }</b> ({ $zone })
stats-line = <b>{ $name }</b> · { $gateway } · { $total }: { $counts }
stats-nothing = <b>{ $name }</b> · { $gateway } · nothing was sent
stats-gateway = by the gateway, for the whole account (other chats too, perhaps in segments): { $total } · { $counts }
stats-gateway-total = by the gateway, for the whole account (other chats too, perhaps in segments): { $total }
stats-gateway-silent = the gateway's own figures are not known. { $trouble }
stats-usage = I cannot read the period “{ $typed }”. Write /stats 7d, 30d, today, yesterday, this month, or 2026-11-01..2026-11-20, at most { $days } days.
counted-sent = sent
counted-delivered = delivered
counted-undelivered = undelivered
counted-expired = expired
counted-rejected = rejected
counted-in_process = in process
outcome-delivered = delivered
outcome-under_way = on the way
outcome-doubtful = unknown
outcome-failed = failed
outcome-stopped = cancelled

## Status and cancel

recent-title = <b>Last campaigns</b>
recent-line = #{ $campaign } · { $time } · { $counts } · { $text }
recent-none = Nothing has been sent from this chat yet.{ $role ->
        [viewer] { "" }
       *[other] { " " }/send begins.
    }
no-campaign = There is no #{ $campaign } in this chat. /status lists the last ones.
bad-campaign = I need the number of a campaign, for example { $command } #12. /status lists the last ones.
cancel-stopped = { $count ->
        [one] one message will not leave.
       *[other] { $count } messages will not leave.
    }
cancel-recalled = { $count ->
        [one] One message is being called back at the gateway; the card will tell whether that worked.
       *[other] { $count } messages are being called back at the gateway; the card will tell for which that worked.
    }
cancel-leaving = { $count ->
        [one] One message may be leaving right now; if it comes back, it is not sent again.
       *[other] { $count } messages may be leaving right now; those that come back are not sent again.
    }
cancel-gone = { $count ->
        [one] One message has already left and cannot be stopped.
       *[other] { $count } messages have already left and cannot be stopped.
    }
cancel-nothing = nothing is left to stop.

## What a person must change: what failed, what was not done, what to do

problem-no-number = I see no number at the beginning of “{ $typed }”. Nothing was sent. Write for example: <code>/send +79031234567 Your text</code>
problem-no-text = There is no text. Nothing was sent. Write it after the number.
problem-no-account = No gateway is connected to this chat. Nothing was sent. { $role ->
        [admin] Begin with /connect.
       *[other] Only an admin can connect one.
    }
problem-unknown-account = There is no account { $name } in this chat. Nothing was sent. Accounts here: { $known }.
problem-account-stopped = Account { $name } is stopped. { $trouble } Nothing was sent. See /accounts.
problem-unknown-option = I do not know the option { $option }=. Nothing was sent. I know: { $known }. If it is part of the text, put the number before it.
problem-too-many-numbers = { $count } numbers are too many: { $own ->
        [yes] an operator may have at most { $limit } at once, a manager more. Nothing was sent. Ask a manager to send this, or split the list.
       *[no] there may be at most { $limit } at once. Nothing was sent. Split the list.
    }
problem-all-dropped = { $count ->
        [one] { $raw } is no number an SMS reaches: { $why }. Nothing was sent. Check the number.
       *[other] None of these { $count } numbers is one an SMS reaches; the first, { $raw }: { $why }. Nothing was sent. Check the numbers.
    }
problem-all-stopped = { $count ->
        [1] { $raw } is on the stop-list: this account does not write to it any more. Nothing was sent. See /stoplist.
       *[many] All these numbers ({ $count }) are on the stop-list: this account does not write to them any more. Nothing was sent. See /stoplist.
    }
problem-text-too-long = The text has { $length } characters; { $gateway } takes at most { $limit }. Nothing was sent. Shorten it.
problem-too-many-segments = The text makes { $segments } segments; this desk allows { $limit }. Nothing was sent. Shorten it: it has { $length } characters, and { $room } fit.
problem-sender-needed = { $gateway } has no default sender ID, and this account names none. Nothing was sent. Add from=NAME, or connect the account again with a sender ID.
problem-bad-sender = The sender ID “{ $sender }” cannot be used: this gateway takes at most { $latin } Latin letters, digits and signs, or at most { $digits } digits. Nothing was sent. Change from=.
problem-bad-time = I cannot read the time “{ $typed }”. Nothing was sent. Write it like at=2026-12-01T10:00 or at="tomorrow 10:00"
problem-past-time = “{ $typed }” is in the past. Nothing was sent. Choose a later time or leave at= out.
problem-far-time = “{ $typed }” is more than a year ahead. Nothing was sent. Choose an earlier time.
problem-bad-validity = I cannot read valid={ $typed }. Nothing was sent. Write it like valid=2h, valid=30m or valid=1d.
problem-no-validity = This gateway takes no validity period. Nothing was sent. Leave valid= out.
problem-validity-range = This gateway takes a validity of { $shortest } to { $longest } minutes. Nothing was sent. Change valid=.
problem-unknown-kind = I do not know the kind “{ $typed }”. Nothing was sent. I know: { $known }.
problem-unsupported-kind = { $gateway } cannot send this: { $asked }. Nothing was sent. It can: { $kinds }. { $others ->
        [none] Change kind= or leave it out.
       *[other] { $others } can: add via= with that name at the start.
    }
problem-text-unwanted = There is no text in this: { $asked }. Nothing was sent. Leave “{ $typed }” out, or change kind=.
problem-bad-local = I cannot read local={ $typed }. Nothing was sent. Write local=yes or local=no.
problem-local-without-time = With local=yes I need a time. Nothing was sent. Add it like at=2026-12-01T10:00
problem-local-with-zone = “{ $typed }” names a zone of its own, and local=yes means each recipient's. Nothing was sent. Write the time without a zone, or leave local= out.
problem-local-past = { $known ->
        [no] “{ $typed }” may be past already by the clock of { $count } of { $total } numbers: their zone is not known here.
       *[yes] “{ $typed }” is past already by the clock of { $count } of { $total } numbers.
    } Nothing was sent. Choose a later time or leave local= out.

## Incoming SMS

inbound =
    📩 <b>{ $number }</b> → { $to } · { $account }
    <blockquote>{ $text }</blockquote>
    { $time }

inbound-card =
    📩 <b>{ $number }</b> → { $to } · { $account }
    <blockquote>{ $text }</blockquote>
    { $time }
inbound-sent = Sent before: <blockquote expandable>{ $text }</blockquote>
inbound-hint = Reply to this message, and it goes out as SMS.
inbound-done = ✔ Nobody waits here.
inbound-claimed = { $waits ->
        [yes] 🙋 { $name } has this.
       *[no] ✔ Nobody waits here; { $name } has it.
    }
inbound-stopped = 🚫 On the stop-list: this account sends nothing to this number any more. /stoplist remove takes it off.
inbound-unanswered = ⏰ { $number } ({ $account }) has waited for an answer: { $age }.
button-talk-reply = ↩ Reply
button-talk-claim = 🙋 Claim
button-talk-done = ✔ Done
button-talk-snooze = ⏰ Snooze
button-talk-more = More
button-talk-open = Open the conversation
button-talk-stop = 🚫 To the stop-list
talk-title = <b>{ $number }</b> · { $account }
talk-in = { $time } 📩 { $text }
talk-out = { $time } 📤 { $text } ({ $state })
talk-hint = Reply to this message, and it goes out as SMS.
talk-reply = Reply to this message: what you write goes to { $number } as SMS, by { $account }.
talk-reply-placeholder = Text of the SMS
toast-talk-claimed = It is yours.
toast-talk-taken = { $name } has it already.
toast-talk-done = Done.
toast-talk-snoozed = I shall remind you: { $time }
toast-talk-stopped = On the stop-list. Nothing more is sent to this number.
answer-offer = ↩ SMS to <b>{ $number }</b> from { $sender }, by { $account }: { $segments ->
        [one] { $segments } segment
       *[other] { $segments } segments
    }.
    <blockquote>{ $text }</blockquote>
    Send it?
answer-later = 🕒 SMS leave by this account at certain hours only: this one leaves { $time }.
answer-since =
    ⚠ { $name } has answered this customer already:
    <blockquote>{ $text }</blockquote>
answer-goes-later = ↩ The answer (#{ $campaign }) leaves { $time }. Until then /cancel { $campaign } stops it.
answer-replaced = ↩ The message was changed: nothing was sent by this question.
answer-asked-anew = ↩ Nothing was sent yet: there is news, so I ask again below.
answer-unchanged = { $waits ->
        [yes] ✋ It leaves as it was, your change does not reach the customer (/cancel { $campaign } stops it, as long as it has not left):
       *[no] ✋ It has left as it was, your change does not reach the customer:
    }
    <blockquote>{ $text }</blockquote>
toast-answer-later = #{ $campaign } leaves { $time }.
toast-answer-since = { $name } has answered since: look, and press again below.
toast-answer-asked-anew = There is news: look, and press again below.
toast-replaced = This question is out of date; nothing was sent by it.
talk-answered =
    ↩ { $name } answered in another chat:
    <blockquote>{ $text }</blockquote>
inbound-answered = ↩ { $name } answered in another chat: <blockquote>{ $text }</blockquote>
answer-taken = ⚠ { $name } has this conversation.
answer-goes = ↩ The answer is in the queue (#{ $campaign }): a reaction to your message tells how it fares.
answer-unknown = I no longer know whose SMS that was. Nothing was sent. /inbox lists who waits; /inbox and digits of the number find it.
answer-old = That card is old. So that nothing goes to the wrong person, nothing was sent: open the conversation and reply there.
answer-no-text = An SMS carries text only. Nothing was sent. Reply in words.
answer-to-nobody = { $name } is no number: an SMS cannot be sent there. Nothing was sent.
answer-stopped = This number is on the stop-list: the customer wants no more SMS. Nothing was sent. A manager can take it off: /stoplist remove.
topic-card =
    📌 <b>{ $name }</b> · { $account }
    What you write in this topic goes to the customer as SMS. What begins with <code>{ $note }</code> stays among you.
    Closing the topic is Done, and the next SMS opens it again. Another name for the topic is another name for the customer.
topic-anew = The topic of { $name } ({ $account }) was deleted. The conversation goes on in a new one.
topic-rights = I cannot keep a topic for each customer as I should: I lack { $rights }. To give it: the group's settings → Administrators → me → turn it on. Until then what customers write comes as cards. No topics wanted: /inbox topics off.
right-can_manage_topics = “Manage topics”
right-can_pin_messages = “Pin messages”
inbox-title = <b>Waiting for an answer: { $count }</b>, the longest first
inbox-line = { $number } · { $age }{ $name ->
        [none] {""}
       *[other] {" "}· 🙋 { $name }
    }: { $text }
inbox-more = and { $count } more
inbox-empty = Nobody waits for an answer.
inbox-found = { $count ->
        [0] No conversation has such a number.
        [one] One conversation:
       *[other] Conversations: { $count }
    }
inbox-usage = /inbox lists who waits; /inbox 4567 finds a number by its digits, /inbox Ivan a name; /inbox confirm off lets answers go without ✅, /inbox confirm on asks again; /inbox topics on or off: a topic for each customer, in a group with topics.
inbox-topics = A topic for each customer: made when one writes for the first time.
inbox-no-topics = No topics here: what customers write comes as cards.
inbox-no-forum = This group has no topics: turn them on in its settings, “Topics”. Until then what customers write comes as cards.
inbox-confirms = Answers in this chat wait for ✅.
inbox-at-once = Answers in this chat go out at once.

## The stop-list

stoplist-title = <b>Stop-list</b>: nothing is sent to these numbers.
stoplist-account = <b>{ $name }</b>: { $count }
stoplist-line = { $number } · { $time } · { $name }
stoplist-own-word = asked by SMS
stoplist-more = and { $count } more: /stoplist export
stoplist-hint = /stoplist add +79031234567, …; /stoplist remove …; /stoplist export gives a table, /stoplist import takes numbers, each on a line, or a table: as its caption, or in reply to it.
stoplist-usage = Write /stoplist, /stoplist add +79031234567, /stoplist remove +79031234567, /stoplist export, or /stoplist import: with numbers on lines of their own, as the caption of a table, or in reply to one.
stoplist-no-account = No gateway is connected to this chat, so it has no stop-list.
stoplist-wrong = “{ $typed }” is not a number. Nothing was changed.
stoplist-too-many = At most { $limit } numbers at once. Nothing was changed.
stoplist-added = { $count ->
        [one] { $number } is on the stop-list.
       *[other] { $number } and { $count } numbers in all are on the stop-list.
    } New entries: { $gone }.
stoplist-removed = { $count ->
        [one] { $number } is not on the stop-list any more.
       *[other] { $number } and { $count } numbers in all are not on the stop-list any more.
    } Entries removed: { $gone }.
file-reading-stop-list = I am reading { $name }. Every number in it goes onto the stop-list; nothing is sent to anybody.
stoplist-imported = <b>{ $name }</b>: { $count ->
        [one] one number of the file is on the stop-list.
       *[other] { $count } numbers of the file are on the stop-list.
    } New entries: { $gone }.
stoplist-table = { $count ->
        [one] The stop-list: one entry.
       *[other] The stop-list: { $count } entries.
    }

## The demo in the terminal

demo-begins = The tour: the real bot over stand-ins of Telegram and of the four gateways, on this machine only.
demo-step-invite = let Boris in as a viewer, by a link that Anna confirms
demo-step-deny = take it away again
demo-step-connect = connect the account; the password message is deleted
demo-step-balance = ask for the balance
demo-step-send = one SMS to three numbers, of which one fails
demo-step-states = every state to its end, the failure as a reply to the card
demo-step-journal = the gateway's own journal: each number accepted exactly once
demo-step-schedule = one SMS for later
demo-step-cancel-gateway = cancelled, and the gateway called it back
demo-step-cancel-desk = cancelled before it left: the gateway never saw it
demo-held = { $count } steps held.
demo-broke = This step did not hold: { $step }
demo-up = The bot is up. Open { $page } and talk to it: Ctrl-C ends it.
demo-how =
    Or talk to it from here: write a line and press Enter; a number alone presses that button of the newest card.
    A line that begins with boris: is said by Boris, an operator; anna@group: and boris@group: speak in the group. What you
    write next is said by the same, until a line begins with anna:.

    By HTTP: curl { $url }/control/say -d chat_id={ $person } -d person_id={ $person } -d 'text=/balance'
             curl '{ $url }/control/transcript?chat_id={ $person }'
    Boris is person_id={ $guest }, the group chat_id={ $group }.

    Accounts: login { $login }, password { $password }, at devino_rest, devino_soap, sms_pager, smsc.
    The last two digits of a number choose its fate: 00 delivered, 01 undelivered, 02 expired, 03 rejected,
    04 slow, 05 in moderation first, 06 refused at once, 07 no status.

    Begin with: /connect smsc { $login } { $password } ACME
    then:       /send +79031234500 Your order is ready
demo-outside =
    What stands around the bot is up; the bot is left out. Start it in another terminal:

        { $command }

    Then open { $page } and talk to it: Ctrl-C ends what is here.
demo-port = Port { $port } is taken. Choose another: smsdesk demo --port { $other }
demo-deleted = (the bot deleted the message)
demo-reply = (in reply to the card)
demo-bye = Stopped.

## The audit, and what is forgotten

only-in-private = This is told in private only: it is about all chats. Write me there. Nothing was done.
audit-title = <b>Who did what</b>, newest first. № is the number of the entry, # that of a campaign.
audit-line = №{ $number } · { $time } · { $name }: { $did }{ $whom ->
        [none] { "" }
       *[other] { " " }· { $whom }
    }
audit-none = There is no such entry.
audit-usage = I cannot read “{ $typed }”. Write /audit, or narrow it down in any order: /audit #12, /audit by=Anna, /audit by=1001, /audit did=confirm, /audit 30d, /audit 2h. After by= comes a numeric id or a part of a name, never an @name: those change hands. Known after did=: { $known }
audit-table = { $count ->
        [one] One entry
       *[other] { $count } entries
    } as a table; the newest { $limit } at most. For older ones ask for a period: /audit 2026-01-01..2026-06-30
whom-person = { $name } (id { $person })
whom-private = in a private chat
whom-chat = chat { $chat }
whom-name = { $value }
whom-role = role: { $value }
whom-was = before: { $value }
whom-via = { $value ->
        [invite] by invite
        [reply] by a reply
        [picker] from the list
       *[id] by id
    }
whom-gateway = { $value }
whom-why = { $value ->
        [auth_failed] login or password refused
        [bad-credentials] login or password refused
        [insufficient_funds] no money
        [account_blocked] account blocked
        [not_reached] gateway not reached
        [throttled] gateway asked to wait
        [outcome_unknown] answer of the gateway not read
        [unsupported] gateway cannot do that
       *[other] gateway refused
    }
whom-trouble = { $value ->
        [auth_failed] login or password refused
        [bad-credentials] login or password refused
        [insufficient_funds] no money
        [account_blocked] account blocked
        [not_reached] gateway not reached
        [throttled] gateway asked to wait
        [outcome_unknown] answer of the gateway not read
        [unsupported] gateway cannot do that
       *[other] gateway refused
    }
whom-alerts = { $value }
whom-settings = { $value }
whom-account = account { $value }
whom-for_chat = for: { $value }
whom-with = { $value }
whom-to = now { $value }
whom-title = { $value }
whom-sender = sender ID { $value }
whom-form = as { $value }
whom-messages = messages: { $value }
whom-draft = draft { $value }
whom-stopped = stopped: { $value }
whom-recalled = recalled: { $value }
whom-gone = already gone: { $value }
whom-under_way = under way: { $value }
whom-inbound = received: { $value }
whom-cause = { $value ->
        [copied] a copy
        [backwards] an earlier state
        [failover] another server
       *[silent] a long silence
    }
whom-rows = rows: { $value }
whom-damaged = damaged: { $value }
whom-attempt = attempt { $value }
whom-evidence = known then: { $value ->
        [none] nothing
       *[other] { $value }
    }
whom-digest = digest { $value }
audit-broken = ⚠ <b>The audit has been tampered with</b>, or its database was damaged: the chain is broken at entry { $number }. Keep a copy of the database, find out who could write to it, and restore from a backup you trust.
hold = ⛔ <b>Nothing is sent.</b> { $cause ->
        [copied] This database is a copy, or was put here from elsewhere.
        [backwards] This database is as it was at an earlier time.
        [failover] Another database server has taken over, which may lack what was written last.
       *[silent] Nobody had worked with this database for long.
    } What was sent since then may stand here as not sent: { $count } in the queue. If you continue, that is sent <b>a second time</b>.
button-hold-go-on = 🔁 Reconcile and continue: may send twice
button-hold-cancel = ✖ Cancel the rest
hold-ended = ✔ <b>The hold was released</b> { $time }: { $name ->
        [none] by release-hold on the server.
       *[other] { $name }.
    }
hold-gone-on = Released. The gateways are being asked about what is under way, and what waits is sent.
hold-cancelled = Released. Cancelled: { $count }.
card-recovering = ⛔ Everything is held: the database may have forgotten what was sent. An administrator decides.
reception = ⚠ <b>Messages to this bot go to somebody else.</b> { $trouble ->
        [webhook] A webhook of { $host } is set.
        [removed] The webhook was removed.
       *[polled] Another program asks for updates with the token of this bot.
    } If that was not you, somebody has the token: have @BotFather make a new one with /revoke, put it into the configuration and restart.
button-older = Older
button-newer = Newer
button-copy = 📋 Copy for their support
button-table = 📄 Table
did-confirm = sent a campaign
did-dismiss = dismissed a draft
did-cancel = cancelled a campaign
did-release = let a late campaign go
did-resume = resumed an account
did-connect = connected an account
did-connect-again = gave an account new credentials
did-connect-failed = tried in vain to connect an account
did-sender-add = asked for a sender ID
did-sender-change = changed a sender ID
did-sender-code = had the code of a sender ID sent
did-sender-confirm = confirmed a sender ID
did-sender-delete = deleted a sender ID
did-sender-keep = kept a sender ID after all
did-allow = gave a role
did-role = changed a role
did-deny = took a role away
did-left = left the group, and lost the role
did-invite = made an invite
did-turn-away = turned somebody away
did-group = brought the bot into a group
did-group-left = sent the bot away from a group
did-group-refused = tried to bring the bot into a group
did-moved = gave the group another id
did-revoked = took a role away with the group
did-alerts = changed the alerts
did-settings = changed language or clock
did-snooze = snoozed an alert
did-share = shared an account
did-unshare = unshared an account
did-stop-list-add = put a number on the stop-list
did-stop-list-remove = took a number off the stop-list
did-stop-list-export = took the stop-list as a table
did-stop-list-import = put the numbers of a file on the stop-list
did-answers-confirmed = let answers wait for ✅
did-topics-on = let conversations have topics
did-topics-off = let conversations have no topics
did-answers-at-once = let answers go without ✅
did-forget = had a number forgotten
did-audit-export = took the audit as a table
did-rotate-keys = rotated the keys
forget-which = Which number is to be forgotten? Write it behind the command: /forget +79031234567. I say what there is of it, and delete nothing before you confirm.
forget-kept = Nothing was forgotten.
button-keep-number = ✖ Do not forget
did-hold-go-on = released the hold
did-hold-cancel = cancelled what was held
forget-usage = I cannot read that number. Write /forget and one number: /forget +79031234567. Nothing was done.
forget-offer = <b>Forget { $number }?</b>
    Messages that have ended: { $count }. Still under way: { $waiting }; they go on, and are forgotten at their end. SMS from this number: { $total }. Contacts with it: { $contacts }.
    The number, the texts that went to nobody else, and what came from it are deleted for good; counts stay. What stands in chats of Telegram stays there: delete it yourself.
button-forget = ✅ Forget
forgotten = { $number } is forgotten: { $count } sent, { $total } received. { $waiting ->
        [0] Nothing of it is under way.
       *[other] Still under way: { $waiting }; they are forgotten at their end.
    }
number-forgotten = (number deleted)
card-purged = Numbers and text were deleted on { $time }.
command-audit = who did what
command-forget = forget a number

## Who may do what

role-viewer = viewer
role-operator = operator
role-manager = manager
role-admin = admin
role-gone = Your role was changed meanwhile. Nothing was done.
not-your-role = This takes the role: { $least }. Yours is: { $role }. Nothing was done. An admin can give you another one.
not-your-campaign = This campaign is somebody else's; stopping or releasing it takes the role: manager. Nothing was done.
nameless = I cannot see who you are: you write as the group or as a channel. Nothing was done. To give commands, turn off “Remain anonymous” in your admin rights, or choose your own name as the sender.
too-fast = That is more than { $limit } a minute. What came past that did nothing; go on in a minute.
stale =
    You wrote this { $age }, and I could not answer then. It is not sent:
    <blockquote>{ $typed }</blockquote>
    Still send?
button-still = ✅ Still send
limit-messages = { $whose ->
        [person] You may send
       *[account] This account may be given
    } { $limit } messages { $span ->
        [day] in 24 hours
        [month] in 30 days
       *[hour] an hour
    }: { $left } are left of that time, this is { $count }. Nothing was sent. { $free }
limit-money = { $whose ->
        [person] You may spend
       *[account] This account may spend
    } { $limit } { $span ->
        [day] in 24 hours
        [month] in 30 days
       *[hour] an hour
    }: { $left } is left of that time, this costs { $cost }. Nothing was sent. { $fits ->
        [0] Not one message fits.
       *[other] { $fits } of these { $count } messages would fit.
    } { $free }
limit-free = { $free ->
        [never] Split it.
       *[other] There is room from { $free } on.
    }
limit-unpriced = What this costs is not known, and there is a limit of money here. Nothing was sent. Whoever runs this bot can set limits.segment_price.
people-configured = This is an admin of the configuration. Their role cannot be changed in a chat: it stands in telegram.admins. Nothing was done.
allow-usage = I see nobody in that. Write /allow ID ROLE, for example <code>/allow 123456789 operator</code>, or answer somebody's message with /allow. Roles: viewer, operator, manager, admin. Nothing was done.
allow-ways = Whom do you let in? Answer a message of theirs in a group with /allow, write <code>/allow 123456789</code> with their numeric id, or send them a link.
allow-pick = Or choose somebody from your own list:
allow-which = <b>{ $name }</b> (id { $person }): as what? A viewer reads, an operator sends, a manager steers every campaign, an admin may do everything.
button-pick = 👤 Choose a person
button-invite = 🔗 Invite by a link
allowed = { $name } has the role: { $role }.{ $was ->
        [none] { "" }
       *[other] { " " }Before: { $was }.
    }
people-one-at-a-time = One at a time, please: there are several ids in that. Nothing was done.
people-by-name = I take no @names: they can change hands, a numeric id cannot. Answer a message of theirs, choose from your list or send a link with /allow. Nothing was done.
people-forwarded = That message is forwarded: it does not show whom you mean. Answer one that the person wrote here, or name the id. Nothing was done.
people-oneself = Nobody changes their own role. Another admin can; /deny with your own id gives it up. Nothing was done.
people-no-bots = That is a bot, or what Telegram shows for anonymous senders, and no person. Nothing was done.
people-unknown-role = I know no role “{ $typed }”. Roles: viewer, operator, manager, admin. Nothing was done.
denied = { $name } may do nothing here any more. Cards and questions that were open are dead.
denied-nobody = { $name } had no role. Nothing was done.
denied-waiting = { $name } had no role. The invite they had followed is closed: it lets nobody in any more.
denied-yourself = You may do nothing here any more. Your cards and questions that were open are dead.
deny-yourself = That is you. Shall I take all your own rights? Only another admin can give them back.
button-remove-me = ✖ Take my role away
denied-left = <b>Still under way of theirs</b>, and it goes on unless you stop it:
denied-left-later = #{ $campaign } for { $time }
denied-left-now = #{ $campaign }, leaving now
button-stop-all = ✖ Stop all
deny-usage = I see nobody in that. Write /deny ID, or answer somebody's message with /deny. Nothing was done.
deny-which = Who is to lose all rights?
users-title = <b>Who may do what</b>
users-configured = { $name ->
        [none] id { $person }
       *[other] <b>{ $name }</b> · id { $person }
    } · admin, by the configuration
users-line = <b>{ $name }</b> · id { $person } · { $role } · since { $time }, { $via ->
        [invite] by an invite
        [reply] by a reply
        [picker] chosen from a list
       *[id] by id
    }
users-more = and { $count } more
users-hint = Press a name to change the role or to remove. /allow lets somebody in.
users-nobody = Nobody has a role but the admins of the configuration. /allow lets somebody in.
button-remove = ✖ Remove
invite-which = As what are they to come?
invite-link =
    An invite, role: { $role }. It works once, for { $minutes } min; I will ask you who came:
    { $link }
invite-waits = Thank you. Whoever invited you has been asked to confirm that it is you.
invite-opened = <b>{ $name }</b> (id { $person }) followed your invite, role: { $role }. { $was ->
        [none] Is it whom you meant?
       *[other] They have a lower role already: { $was }. Is it whom you meant, and shall it be { $role }?
    }
invite-own = This is your own invite, so nothing happened: the link still works. Send it to whom you mean.
invite-needless = You have the role { $role } already, and this invite would not raise it. Nothing was done.
invite-kept = { $name } has the role { $role } meanwhile. This invite would not raise it, so nothing was done.
link-gone = This link no longer works. Nothing was done. Ask for a new one.
role-changed = Your role is now: { $role }. Before: { $was }. /help tells what I can do for you.
role-lost = You may do nothing here any more: your role was taken away. Cards and questions that were open are dead.
card-closed = ⊘ Closed: the role of whom this was for has changed. What was open here does nothing any more.
join-closed = ⊘ Closed: this person's rights were decided elsewhere meanwhile. /users tells how they stand.
button-admit = ✅ Let in
button-turn-away = ✖ It is not
turned-away = { $name } is not let in.
invite-welcome = You are in, with the role: { $role }. /help tells what I can do for you.
group-hello = I work here from now on, for people who have a role: /allow gives one. /connect connects a gateway.
group-unknown = I work only in groups that one of my admins brought me into, and I do not know this one yet. Nothing was done. An admin must give a command here first, /help for instance.
group-leaves = I only work in groups that one of my admins added me to, and I do not know this one. Goodbye.
group-gone = ⚠ <b>I was sent away from { $title }.</b> Nobody tells me any more who leaves it, so { $count ->
        [one] the one person who came through it has no role now:
       *[other] { $count } people who came through it have no role now:
    }
doctor-title = <b>Where I work, and what I may there</b>
doctor-privacy = { $reads ->
        [yes] Privacy mode is off: I see all messages of a group, as answers to my questions need.
       *[no] Privacy mode is on: in groups I see commands and replies to me only. That is enough, if people reply to my questions.
    }
doctor-group = <b>{ $chat }</b>: { $admin ->
        [yes] an admin, so I hear who leaves
       *[no] ⚠ no admin: I may not hear who leaves, so make me one
    }; { $deletes ->
        [yes] can delete a password that was written there
       *[no] ⚠ cannot delete a password that was written there
    }; { $topics ->
        [yes] with topics, and I answer in the topic I am asked in
       *[no] without topics
    }.
doctor-topics = ⚠ I lack { $rights }: without that, customers have no topics of their own there.
doctor-channel = <b>{ $chat }</b> (channel): { $posts ->
        [yes] I may post
       *[no] ⚠ I may not post: make me an admin who may
    }.
doctor-gone = ⚠ <b>{ $chat }</b>: I am not in it, or it is no more.
doctor-no-groups = I know no group. In private I need no rights; in channels I only post what /alerts sends there.
button-again = 🔄 Look again
button-share = 🔗 Share { $name }
share-which = Who else may use { $name }? 🔗 lets a chat use it, ✖ takes that back.
share-nowhere = There is no other chat that I know. Add me to a group first.
shared = { $chat } may use { $name } now.
unshared = { $chat } may use { $name } no more. What is confirmed already still goes.
chat-own = our private chat

## Lists: a file dropped into the chat

file-reading-send = I am reading { $name }. Nothing is sent before you press ✅.
file-hint = Is this a list to send to? Drop it with <code>/send</code> and the text as its caption.
file-too-big = This file has { $size } MB, and I take at most { $limit } MB. It was not fetched, and nothing was sent. Split it{ $csv ->
        [yes] { "" }.
       *[no] , or save it as CSV.
    }
list-gone = This list is no longer there. Nothing was sent. Drop the file again.
list-broke = I could not finish with this list. Nothing was sent. Drop the file again; if it happens again, save it as CSV.
list-empty = There is nobody in it to send to. Nothing was sent.
list-found = <b>{ $name }</b>: { $count ->
        [one] one recipient
       *[other] { $count } recipients
    }
list-columns = Numbers are taken from: { $number }
list-column = column { $number }
list-sheet = ⚠ Only the sheet “{ $sheet }” of { $count } was read.
list-hidden-sheets = ⚠ Hidden sheets that were not read: { $count }
list-ask-text = What is the text? /cancel leaves.
list-fields = It may have fields, filled in for each recipient: { $fields }
list-which-number = <b>{ $name }</b>: which column has the numbers?
list-sample = { $column }: { $cells }
column-chosen = The numbers are taken from: { $column }. I am reading the file again.
dropped-rows = Removed rows: { $count } ({ $reasons })
dropped-reason = { $why } { $count }
dropped-row = · row { $row }: { $raw } — { $why }
dropped-in-file = All { $count } are in the file below.
dropped-file = { $name }: { $count ->
        [one] the removed row
       *[other] the { $count } removed rows
    } and why.
why-hidden = hidden row
why-mangled = cut by a spreadsheet program
why-empty = empty
why-stop-list = on the stop-list
left-out = · { $number } — { $why }
unknown-fields = No column for { $fields }. Nothing was sent. There are: { $known }. Write the text again.
list-offer = <b>Check, then send</b> · { $name }
    { $gateway } · account { $account } · from { $sender }
    To { $count ->
        [one] one recipient
       *[other] { $count } recipients
    }
list-again-of = 🔁 Those whom #{ $campaign } did not reach
list-size = { $alphabets } · { $same ->
        [yes] { $worst ->
            [one] 1 segment
           *[other] { $worst } segments
        } each
       *[no] { $least } to { $worst } segments each
    }, { $total } in all
odd-found = ⚠ Characters that are not what they seem: { $count }: { $named }
odd-lookalike = { $alphabet ->
        [cyrillic] a Cyrillic { $letter } in the Latin word “{ $word }”
       *[latin] a Latin { $letter } in the Russian word “{ $word }”
    }
odd-hidden = a hidden character { $word ->
        [none] with no word beside it
       *[other] at the word “{ $word }”
    }
odd-blank = an unusual space { $word ->
        [none] with no word beside it
       *[other] at the word “{ $word }”
    }
odd-costly = ⚠ Characters that leave less room for text in an SMS: { $chars }
odd-saves = ⚠ Without them each SMS would be { $count ->
        [one] one segment
       *[other] { $count } segments
    } shorter.
odd-links = Links: { $links }
odd-braced = ⚠ This leaves as it is, with its braces: { $braced }. { $filled ->
        [yes] A field that is filled is written in single braces.
       *[no] Fields are filled in saved texts, and in texts to files and groups.
    }
list-cost-about = Price: about { $cost }
list-leaves-now = It leaves { $seconds ->
        [0] at once
       *[other] { $seconds } s
    } after ✅.
list-before = ⚠ { $count ->
        [one] One of them was
       *[other] { $count } of them were
    } sent this text already: #{ $campaign } on { $time }.
ask-repeat = ⚠ { $count ->
        [one] One of them was
       *[other] { $count } of them were
    } sent this text already: #{ $campaign } on { $time }. Send it once more?
toast-overtaken = Meanwhile a repeat has taken on { $count } of these. Nothing was sent. Press 🔁 once more.
button-repeat = ✅ Send once more
ask-count = { $count } recipients are many. Type their count to send, or /cancel.
ask-count-placeholder = How many recipients?
not-the-count = “{ $typed }” is not the count. Nothing was sent. Type { $count }, or /cancel.
ask-approval = <b>{ $name } wants to send to { $count ->
        [one] one recipient
       *[other] { $count } recipients
    }</b>, { $segments } segments in all:
    <blockquote>{ $text }</blockquote>
approval-by = { $gateway }, { $account } · from { $sender }
approval-cost = Cost: { $cost }
approval-within = Somebody else, a manager or administrator, must approve within { $minutes } min.
approval-nobody = { $count } recipients need the ✅ of a second administrator, and there is none. Nothing was sent. Let one in with /allow, or send it from a group with managers.
button-approve = ✅ Approve
approved = { $name } approved this.
toast-not-yourself = A second person must approve this, not who asked for it.
toast-put-up = Now somebody else must approve it.
toast-nobody-approves = Nobody is there to approve it: see below.
toast-asked = Look at the question below.
button-pause = ⏸ Pause
button-unpause = ▶ Go on
button-report-xlsx = 📄 XLSX
button-report-csv = 📄 CSV
button-report-unreached = 📄 Those not reached
button-resend = 🔁 Send to those not reached
toast-paused = #{ $campaign } is paused: nothing more leaves.
toast-nothing-to-pause = #{ $campaign }: nothing waits to leave any more, so there is nothing to pause.
toast-unpaused = #{ $campaign } goes on.
toast-report = The report is on its way.
toast-resend = I am making the list of those who were not reached.
toast-all-reached = There is nobody who was not reached.
in-vain = ⏸ #{ $campaign } is paused: the gateway refused every message so far ({ $refused }), for one and the same reason. Still queued: { $waiting }. Go on?
card-paused = ⏸ Paused: what is queued waits for ▶.
card-progress = { $bar } { $percent }%
report-file = #{ $campaign }: { $count ->
        [one] one message
       *[other] { $count } messages
    } as of now.
report-unreached = #{ $campaign }: { $count ->
        [one] one recipient
       *[other] { $count } recipients
    } not reached. This file can be dropped here as a list.
column-row = Row
column-raw = What stood there
column-why = Why it was removed
column-number = Number
column-state = State
column-reason = Reason
column-code = Code
column-segments = Segments
column-price = Price
column-accepted = Accepted ({ $zone })
column-text = Text
problem-list-empty = There is nobody in it to send to. Nothing was sent. Drop a file with numbers.
problem-list-kind = kind={ $typed } does not go with a list. Nothing was sent. Leave it out, or write kind=flash.
problem-empty-field = The field “{ $name }” is empty in { $count ->
        [one] one row
       *[other] { $count } rows
    }: { $rows }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    }. Nothing was sent. Fill these cells and drop the file again, or write a text without the field.
problem-row-too-long = In row { $row } the text makes { $segments } segments; this desk allows { $limit }. Nothing was sent. Write a shorter one.
answered-bad-time = I cannot read the time “{ $typed }”. Nothing was sent. Write it like: tomorrow 10:00
answered-no-hour = “{ $typed }” names no hour. Nothing was sent. Write it like: tomorrow 10:00
answered-past-time = “{ $typed }” is in the past. Nothing was sent. Write a later time, like: tomorrow 10:00
problem-which-midnight = “{ $typed }”: that day has two midnights, at its beginning and at its end. Nothing was sent. Write 00:00 for the beginning or 24:00 for the end.
problem-no-hour = “{ $typed }” names no hour. Nothing was sent. Write it like at="tomorrow 10:00"
problem-skipped-time = Clocks never show “{ $typed }”: they are put forward then. Nothing was sent. Choose another time.
table-unknown-format = I cannot read this file. Nothing was sent. I read CSV, XLSX, ODS and XLS.
table-not-a-table = This is no table, whatever its name says. Nothing was sent. Send the list as XLSX, XLS, ODS or CSV.
table-html = This is a web page that is named like a table. Nothing was sent. Save it as XLSX or CSV.
table-macros = This workbook has macros. Nothing was sent. Save it as XLSX without them.
table-password = This file has a password. Nothing was sent. Save it without one.
table-damaged = This file is damaged. Nothing was sent. Save it anew, best as CSV.
table-quotes = A quotation mark in row { $row } is never closed. Nothing was sent. Mend that row and drop the file again.
table-no-rows = There is nothing in this file. Nothing was sent.
table-no-sheet = This sheet is not there any more. Nothing was sent. Drop the file again.
table-only-titles = The column “{ $column }” has no row with a number. Nothing was sent. Write the numbers below its title, then drop the file again.
table-no-numbers = I see no column of numbers in this file. Nothing was sent. Give it one, such as +79031234567 in each row.
table-too-big = This file, or what is packed in it, is too big. Nothing was sent. Save it as CSV, or split it.
table-too-slow = This file takes too long to read. Nothing was sent. Save it as CSV, or split it.
table-too-many-rows = This file has more than { $limit } rows. Nothing was sent. Split it.
table-too-many-columns = This file has more than { $limit } columns. Nothing was sent. Take out those you do not need.
table-too-many-sheets = This file has more than { $limit } sheets. Nothing was sent. Save the one with the numbers by itself.
table-cell-too-long = A cell in row { $row } is too long. Nothing was sent. Shorten it.
did-approve = approved a campaign
did-put-up = asked for approval of a campaign
did-pause = paused a campaign
did-unpause = let a campaign go on
did-report = took the report of a campaign
status-one = #{ $campaign }: { $line }
status-not-in-it = { $number } is not in #{ $campaign }.

## Saved texts

help-templates = /templates — saved texts
help-contacts = /contacts — contacts and groups
command-templates = saved texts
command-contacts = contacts and groups
templates-title = <b>Saved texts</b>: { $count }
templates-line = <b>{ $name }</b>: { $text }
templates-none = There is none yet.
templates-hint = A new one: ➕ or <code>/templates add NAME text</code>. The field <code>{ $field }</code> is filled from the contact or from a column of the file.
templates-choice = Or take a saved text:
templates-choice-more = The other { $count } are in /templates.
template-title = <b>{ $name }</b>
template-fields = Fields: { $fields }
template-unknown = There is no text called “{ $name }”. All are in /templates, a new one: /templates add NAME text. Nothing was done.
template-ask-name = What is the text to be called? At most 32 characters. /cancel leaves.
template-ask-name-short = Name of the text
template-ask-text = Which text is to be saved as “{ $name }”? Fields stand in braces: <code>{ $field }</code>. /cancel leaves.
template-ask-text-short = Text of the SMS
template-saved = The text “{ $name }” is saved. It will be among the answers when a text is asked for; all are in /templates.
template-replaced = The text “{ $name }” is replaced by the new one. The old one was:
    <blockquote>{ $text }</blockquote>
template-deleted = The text “{ $name }” is deleted. Here it is for the last time:
    <blockquote>{ $text }</blockquote>
templates-full = This chat has { $limit } saved texts, and may have no more. Nothing was saved. Delete one in /templates.
button-template-new = ➕ New text
button-write = ✉ Write SMS
button-remove-it = 🗑 Delete
button-back = ◀ All
button-newer-page = ◀ Back ({ $count })
button-older-page = More ({ $count }) ▶
did-template-save = saved a text
did-template-delete = deleted a saved text

## Contacts and their groups

contacts-title = <b>Contacts of this chat</b>: { $count }
contacts-found = <b>Contacts: “{ $part }”</b>: { $count }
contacts-none = There is none yet.
contacts-hint = To find: <code>/contacts Anna</code>. A new one: ➕, <code>/contacts add +79031234567 Anna</code> or a contact card of Telegram. From a file: drop it with the caption <code>/contacts</code> or <code>/contacts @group</code>.
contact-title = <b>{ $name }</b>
contact-nameless = No name
contact-groups = Groups: { $groups }
contact-shared = { $called }: not among the contacts yet.
contact-ask = Which number and name? For example: +79031234567 Anna. Or send a contact card. /cancel leaves.
contact-ask-short = +7 903 123-45-67 Anna
contact-ask-name = What is { $called } to be called? /cancel leaves.
contact-ask-name-short = Name
contact-usage = I see no number at the beginning of “{ $typed }”. Nothing was saved. Write for example: <code>/contacts add +79031234567 Anna</code>
contact-no-number = { $raw } is no number an SMS reaches: { $why }. Nothing was done.
contact-gone = This contact is no longer there. Nothing was done.
contact-deleted = { $called }: no longer among the contacts. What was sent stays in /status; to forget the number altogether: /forget.
contacts-kept = { $count ->
        [one] One contact is saved
       *[other] { $count } contacts are saved
    }: { $shown }
contacts-none-kept = Nothing was saved.
contacts-saved = <b>{ $name }</b>: { $count ->
        [one] one contact is saved
       *[other] { $count } contacts are saved
    }, new among them: { $total }
contacts-saved-into = In the group @{ $group } now. To write to it: <code>/send @{ $group } text</code>
contacts-caption = Under a file with contacts write <code>/contacts</code>, or <code>/contacts @group</code> with the name of one group, and nothing else. Nothing was saved.
file-reading-contacts = I am reading { $name }. Everybody in it is saved; nothing is sent to anybody.
list-which-name = <b>{ $name }</b>: which column has the names?
button-no-names = No names
names-chosen = The names are taken from: { $column }. I am reading the file again.
no-names-chosen = Saved without names. I am reading the file again.
problem-contacts-full = This chat may have { $limit } contacts, and has them: the others were not saved. Nothing was sent. Delete some in /contacts.
problem-unknown-group = There is no group @{ $name } in this chat. Nothing was sent. { $known ->
        [none] There are no groups yet: /contacts makes them.
       *[other] There are: { $known }.
    }
problem-empty-contact-field = The field “{ $name }” is empty for { $count ->
        [one] one recipient, in row
       *[other] { $count } recipients, in rows
    } { $rows }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    } (in the order of the group). Nothing was sent. Give these contacts a name in /contacts, or write a text without the field.
ask-text-groups = What is the text for { $groups }? The field <code>{ $field }</code> is filled with the contact's name. /cancel leaves.
list-of-numbers = Numbers
field-number = number
field-name = name
groups-title = <b>Groups of contacts</b>: { $count }
groups-hint = A group's name is one word; it is written to by <code>/send @group text</code>
group-title = <b>@{ $group }</b>: { $count ->
        [one] one contact
       *[other] { $count } contacts
    }
group-line = { $count }. { $called }
group-hint = To put somebody in: ➕ or <code>/contacts add @{ $group } +79031234567</code>. To take somebody out: their card.
group-ask-name = What is the group to be called? One word of letters, digits, “_” and “-”, at most 32 characters. /cancel leaves.
group-ask-name-short = clients
group-ask-whom = Who is to be in @{ $group }? Numbers with commas, one number with a name, or a contact card. /cancel leaves.
group-ask-whom-short = +7 903 123-45-67 Anna
group-bad-name = “{ $typed }” cannot be the name of a group: it takes one word of letters, digits, “_” and “-”, at most 32 characters. Nothing was done.
group-unknown-yet = There is no group @{ $group } in this chat. To make it: <code>/contacts add @{ $group }</code>
group-is-gone = This group is no longer there. Nothing was done.
group-deleted = The group @{ $group } is no more. { $count ->
        [one] Its one contact stays.
       *[other] Its { $count } contacts stay.
    }
groups-full = This chat may have { $limit } groups, and has them. Nothing was done. Delete one in /contacts.
button-contact-new = ➕ New contact
button-contact-save = ➕ Save
button-groups = 👥 Groups
button-group = @{ $group } ({ $count })
button-group-new = ➕ New group
button-group-add = ➕ Put in
button-group-delete = 🗑 Delete the group
button-rename = ✏ Name
column-name = Name
whom-contacts = contacts: { $value }
did-contact-save = saved contacts
did-contact-delete = deleted a contact
did-group-make = made a group of contacts
did-group-delete = deleted a group of contacts
alert-balance = { $level ->
        [half] ⚠ <b>Little money is left</b>
        [zero] ⛔ <b>No money is left</b>
        [negative] ⛔ <b>The balance is below zero</b>
       *[low] ⚠ <b>Money runs out</b>
    } · { $name } · { $gateway }
    Balance: <b>{ $amount }</b>
alert-threshold = You asked to be told at { $amount }.
alert-lasts = At the rate of the last days ({ $rate } a day) it lasts { $days }.
alert-rate-unknown = How long it lasts nobody can tell: nothing was spent in the last days.
alert-days = { $count ->
        [0] less than a day
        [one] { $count } day
       *[other] { $count } days
    }
alert-outage = 🔌 <b>The gateway does not answer</b> · { $name } · { $gateway }
    Since { $time }. { $trouble } What is queued waits; nothing is sent twice.
alert-refused = 🔑 <b>The gateway refuses the account</b> · { $name } · { $gateway }
    { $trouble }
alert-queue = ⏳ <b>The queue is stuck</b> · { $name } · { $gateway }
    { $count ->
        [one] { $count } message should have left and has not
       *[other] { $count } messages should have left and have not
    }, the first at { $time }. Look at /status.
alert-topped-up = ✅ <b>Topped up</b> · { $name } · { $gateway }
    Balance: <b>{ $amount }</b>
alert-answers = ✅ <b>The gateway answers again</b> · { $name } · { $gateway }
alert-accepted = ✅ <b>The gateway takes the account again</b> · { $name } · { $gateway }
alert-flows = ✅ <b>The queue moves again</b> · { $name } · { $gateway }
alert-curve = Balance of { $name }
alert-set = 🔔 Alerts about { $names } come here.
alerts-place-gone = ⚠ I was sent away from <b>{ $title }</b>, where alerts are told. Until I am back they come to you.
button-check-now = 🔄 Check
button-snooze = 🔕 Snooze
toast-alert-over = That is over already. Nothing was done.
toast-snoozed = Snoozed until { $time }. If it gets worse you are told all the same.
toast-balance = { $name }: { $amount }. { $lasts }
digest-title = 📊 <b>{ $when }</b> ({ $zone }) { $chat }
digest-nothing = Nothing was sent.
digest-sent = { $count ->
        [one] Sent: { $count } message, delivered { $delivered }.
       *[other] Sent: { $count } messages, delivered { $delivered }.
    }
digest-failed = Failed: { $count }
digest-reason = { $count } · { $why }
digest-why = { $state }: { $why }
digest-more = { $count } · for other reasons
digest-waiting = { $count ->
        [one] One customer waits for an answer: /inbox
       *[other] { $count } customers wait for an answer: /inbox
    }
digest-spent = Spent by { $name }: { $cost }
quiet-title = 🌙 <b>While it was quiet</b>
crowded-title = ❗ <b>More failed meanwhile</b>
quiet-failed = { $count ->
        [one] #{ $campaign }: { $count } message failed. /status { $campaign }
       *[other] #{ $campaign }: { $count } messages failed. /status { $campaign }
    }
quiet-more = and in { $count } more campaigns: /status
settings-title = { $private ->
        [yes] <b>Your settings</b>
       *[no] <b>Settings of this chat</b>
    }
settings-language = Language: { $own ->
        [ru] Russian
        [en] English
       *[no] as in Telegram
    }
settings-zone = Clock: { $zone }{ $own ->
        [yes] {""}
       *[no] , as everywhere at this desk
    }
settings-answers = Answers to customers { $wait ->
        [yes] wait for ✅
       *[no] leave at once
    }: <code>/inbox confirm on</code>, <code>/inbox confirm off</code>
settings-usage = <blockquote><code>/settings language en</code> (ru, auto), <code>/settings zone Asia/Omsk</code>. Times that you type and that I show are by this clock. Alerts, digest and quiet hours: /alerts.</blockquote>
settings-unreadable = I do not understand “{ $typed }”. Nothing was changed. Write /settings language en, /settings language auto or /settings zone Asia/Omsk.
language-ru = Русский
language-en = English
language-telegram = As in Telegram
alerts-title = <b>Alerts</b>
alerts-line = { $name } · { $gateway }: { $threshold } → { $chat }{ $up ->
        [yes] { " " }· ⚠ told
       *[no] { "" }
    }
alerts-none = { $name } · { $gateway }: nobody is told
alerts-below = at { $amount }
alerts-days = when it lasts { $days }
alerts-trouble = trouble only
alerts-here = here
alerts-digest = Digest: { $every ->
        [weekly] on Mondays
       *[daily] every day
    } at { $time } ({ $zone }) → { $chat }
alerts-no-digest = Digest: none
alerts-quiet = Quiet hours: { $start }–{ $end } ({ $zone }). What is not urgent waits until they are over.
alerts-no-quiet = Quiet hours: none ({ $zone })
alerts-usage = <blockquote expandable><code>/alerts 500</code> at this balance, <code>/alerts 3d</code> when it lasts three days, <code>/alerts trouble</code> only when something breaks, <code>/alerts off</code>; for one account: <code>/alerts NAME 500</code>. To a channel or group: <code>to=@channel</code>, <code>to="Title"</code>; I must be in there first, as an admin who may post.
    <code>/alerts digest daily 9</code>, <code>/alerts digest weekly 9:30</code>, <code>/alerts quiet 22-8</code>, <code>/alerts zone Asia/Omsk</code>.</blockquote>
alerts-unreadable = I cannot read “{ $typed }”. Nothing was changed. Write /alerts 500, /alerts 3d, /alerts off, /alerts digest daily 9, /alerts quiet 22-8 or /alerts zone Asia/Omsk.
alerts-only-admin = Only an admin sends alerts to another chat. Nothing was changed. Leave out to=, and they come here.
alerts-unknown-chat = I do not know { $chat }. Nothing was changed. An admin must add me there first, to a channel as an admin who may post. I know: { $known }.
button-alerts-to = 📣 To { $chat }
channel-hello = I may post in <b>{ $title }</b>, and say nothing there by myself. /alerts in a chat with accounts sends its alerts there.
