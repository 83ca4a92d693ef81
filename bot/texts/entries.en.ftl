### The reason dictionary in English: for a code of a gateway what happened, and in .next what to do about it.
### Whether it was probably charged is said between the two, by ENTRIES of the gateway's module. entries.ru.ftl
### has the same keys; a test compares them. A number means another thing at each gateway, and at SMSC in each
### of its tables, so every entry has words of its own.

## SMSC: request errors when sending

entry-smsc-send-1 = SMSC did not understand our request; nothing of it was sent.
    .next = Tell the person who runs this bot: SMSC, sending, error 1.
entry-smsc-send-2 = SMSC refuses the login or the password, or does not let our address in.
    .next = Check them and /connect again. If the SMSC account has a list of allowed addresses, add ours to it.
entry-smsc-send-3 = There is not enough money on the SMSC account.
    .next = Top it up. If the account is stopped here, press ▶ Resume in /accounts.
entry-smsc-send-4 = SMSC has shut out our address for a while because of frequent errors.
    .next = Wait half an hour, then press ▶ Resume in /accounts. If it happens again, ask the SMSC support.
entry-smsc-send-5 = SMSC cannot use this sending time.
    .next = Choose another time.
entry-smsc-send-6 = SMSC refused the text or the sender ID; without a contract it also refuses advertising and bulk sending.
    .next = Change the text or use a registered sender ID: from=NAME. For advertising, make a contract with SMSC.
entry-smsc-send-7 = SMSC does not take this for a phone number.
    .next = Check the number with the customer.
entry-smsc-send-8 = SMSC cannot deliver to this number.
    .next = Check the number. If it is right, reach the customer another way or ask the SMSC support.
entry-smsc-send-9 = SMSC took it for a repeat of a message it has just had, or was given too much at once.
    .next = What is still in the queue leaves by itself. What is uncertain may have gone out before: look into the SMSC account before you send it again.

## SMSC: request errors when asking what became of a message

entry-smsc-status-1 = SMSC did not understand our question about a message.
    .next = Tell the person who runs this bot: SMSC, status, error 1.
entry-smsc-status-2 = { entry-smsc-send-2 }
    .next = { entry-smsc-send-2.next }
entry-smsc-status-4 = { entry-smsc-send-4 }
    .next = { entry-smsc-send-4.next }
entry-smsc-status-5 = SMSC could not delete the message from its list.
    .next = Try again later. The message itself is not touched by this.
entry-smsc-status-9 = SMSC was asked about messages too often.
    .next = Wait a minute, then ask again.

## SMSC: request errors when asking for the balance

entry-smsc-balance-1 = SMSC did not understand our question about the balance.
    .next = Tell the person who runs this bot: SMSC, balance, error 1.
entry-smsc-balance-2 = { entry-smsc-send-2 }
    .next = { entry-smsc-send-2.next }
entry-smsc-balance-4 = { entry-smsc-send-4 }
    .next = { entry-smsc-send-4.next }
entry-smsc-balance-9 = SMSC was asked for the balance too often.
    .next = Wait a minute, then ask again.

## SMSC: request errors about sender IDs

entry-smsc-senders-1 = SMSC did not understand our request about sender IDs.
    .next = Check the sender ID. If it is right, tell the person who runs this bot: SMSC, sender IDs, error 1.
entry-smsc-senders-2 = { entry-smsc-send-2 }
    .next = { entry-smsc-send-2.next }
entry-smsc-senders-3 = The SMSC account has no such sender ID.
    .next = /senders lists those it has.
entry-smsc-senders-4 = { entry-smsc-send-4 }
    .next = { entry-smsc-send-4.next }
entry-smsc-senders-5 = SMSC could not save or delete this sender ID.
    .next = Try again later. If that does not help, ask the SMSC support.
entry-smsc-senders-7 = SMSC does not take this number for a sender ID.
    .next = Write it in full, with the country code and without signs: 79031234567.
entry-smsc-senders-8 = The confirmation code cannot be delivered to this number.
    .next = Check the number, and that its handset is on; then ask for the code again.
entry-smsc-senders-9 = SMSC was asked about sender IDs too often.
    .next = Wait a minute, then try again.
entry-smsc-senders-10 = The confirmation code has already been sent to this number, and SMSC sends the next one only after 8 hours.
    .next = Find the code on that handset, or ask for a new one in 8 hours.
entry-smsc-senders-11 = This confirmation code is wrong.
    .next = Compare it with the one on the handset and write it again.

## SMSC: request errors when reading incoming SMS, statistics, history and prices

entry-smsc-get-1 = SMSC did not understand our question.
    .next = Tell the person who runs this bot: SMSC, reading, error 1.
entry-smsc-get-2 = { entry-smsc-send-2 }
    .next = { entry-smsc-send-2.next }
entry-smsc-get-3 = SMSC found nothing.
    .next = Choose another period or another number.
entry-smsc-get-4 = { entry-smsc-send-4 }
    .next = { entry-smsc-send-4.next }
entry-smsc-get-9 = SMSC was asked the same thing too often.
    .next = Wait a minute, then ask again.

## SMSC: request errors about templates

entry-smsc-templates-1 = SMSC did not understand our request about templates.
    .next = Check the name and the text of the template. If they are right, tell the person who runs this bot: SMSC, templates, error 1.
entry-smsc-templates-2 = { entry-smsc-send-2 }
    .next = { entry-smsc-send-2.next }
entry-smsc-templates-3 = The SMSC account has no such template.
    .next = Look at the list of templates and choose another.
entry-smsc-templates-4 = { entry-smsc-send-4 }
    .next = { entry-smsc-send-4.next }
entry-smsc-templates-5 = SMSC could not save or delete this template.
    .next = Try again later. If that does not help, ask the SMSC support.
entry-smsc-templates-9 = SMSC was asked about templates too often.
    .next = Wait a minute, then try again.

## SMSC: request errors about campaigns that SMSC keeps itself

entry-smsc-jobs-1 = SMSC did not understand our request about a campaign.
    .next = Tell the person who runs this bot: SMSC, campaigns, error 1.
entry-smsc-jobs-2 = { entry-smsc-send-2 }
    .next = { entry-smsc-send-2.next }
entry-smsc-jobs-3 = SMSC could not save the campaign.
    .next = Try again in a few minutes.
entry-smsc-jobs-4 = { entry-smsc-send-4 }
    .next = { entry-smsc-send-4.next }
entry-smsc-jobs-5 = SMSC cannot use this time for a campaign.
    .next = Choose another time.
entry-smsc-jobs-9 = SMSC had the same request about a campaign less than a minute ago, or was given too much at once.
    .next = Look into the SMSC account: the first request may have worked. If not, try again in a minute.

## SMSC: why a message was not delivered

entry-smsc-err-1 = There is no such subscriber.
    .next = Check the number with the customer.
entry-smsc-err-2 = The customer's mailbox is full.
    .next = Ask the customer to clear it, or reach them another way.
entry-smsc-err-3 = There is no mail server for this address.
    .next = Check the address with the customer.
entry-smsc-err-4 = The customer's mailbox is blocked.
    .next = Reach the customer another way.
entry-smsc-err-6 = The handset was off or out of coverage.
    .next = Send again later.
entry-smsc-err-11 = This number takes no SMS: the service is not active, the subscriber is roaming, or it is a landline.
    .next = Check the number. If it is right, reach the customer another way.
entry-smsc-err-12 = The handset or its SIM reported an error.
    .next = Send again later. If that does not help, ask the customer to restart the handset.
entry-smsc-err-13 = The operator has blocked this subscriber.
    .next = Sending again will not help; reach the customer another way.
entry-smsc-err-21 = The handset does not support messages of this kind.
    .next = Send an ordinary SMS.
entry-smsc-err-200 = The SMSC account is in test mode: nothing was really sent.
    .next = Switch test mode off in the SMSC account and send again.
entry-smsc-err-219 = The SIM was replaced less than a day ago: names are blocked for 24 hours.
    .next = Send again tomorrow, or from a numeric sender ID: from=NUMBER.
entry-smsc-err-220 = The operator's queue was full, and SMSC did not get through.
    .next = Send again later.
entry-smsc-err-237 = Nobody answered the call.
    .next = Call again later or send an SMS.
entry-smsc-err-238 = The text matches no template registered with the operator.
    .next = Write it as in a registered template, or register a new one with SMSC.
entry-smsc-err-239 = The settings of the SMSC account do not allow sending from our address.
    .next = Add our address to the allowed ones in the SMSC account and send again.
entry-smsc-err-240 = The line was busy, or the call was dropped.
    .next = Call again later or send an SMS.
entry-smsc-err-241 = SMSC could not turn the text into speech, or a part of the message got lost.
    .next = Send again. If that does not help, change the text.
entry-smsc-err-242 = An answering machine took the call.
    .next = Call again later or send an SMS.
entry-smsc-err-243 = The SMSC account has no contract for bulk sending and advertising.
    .next = Make that contract with SMSC, or send a text without advertising.
entry-smsc-err-244 = Bulk sending is not allowed to this SMSC account, or the text has a forbidden link.
    .next = Take the link out, or ask the SMSC support.
entry-smsc-err-245 = The operator has not said for a day what became of the message; it may have arrived.
    .next = Ask the customer before you send again.
entry-smsc-err-246 = The settings of the SMSC account do not allow sending at this hour.
    .next = Send within the allowed hours, or change them in the SMSC account.
entry-smsc-err-247 = The daily limit of the SMSC account is used up.
    .next = Send again tomorrow, or raise the limit in the SMSC account.
entry-smsc-err-248 = SMSC has no way to this operator's network.
    .next = Ask the SMSC support.
entry-smsc-err-249 = The number is written wrongly.
    .next = Check the number with the customer.
entry-smsc-err-250 = The settings of the SMSC account bar this number.
    .next = Take the bar off in the SMSC account and send again.
entry-smsc-err-251 = Too many messages to this number: its daily limit is used up, or they came too close together.
    .next = Send again tomorrow, or raise the limit for one number in the SMSC account.
entry-smsc-err-252 = Sending to this number is forbidden.
    .next = Sending again will not help; reach the customer another way.
entry-smsc-err-253 = The spam filter stopped the text.
    .next = Change the text.
entry-smsc-err-254 = The sender ID is not registered.
    .next = Use a registered one: from=NAME.
entry-smsc-err-255 = The operator refused the message and does not say why.
    .next = Send again later. If that does not help, ask the SMSC support.

## SMSC: statuses that come without such an error

entry-smsc-status-3 = The validity period ran out before the message could be delivered.
    .next = Send again later.
entry-smsc-status-20 = The message cannot be delivered; SMSC does not say why.
    .next = Check the number. If it is right, ask the SMSC support.
entry-smsc-status-22 = The number is wrong.
    .next = Check the number with the customer.
entry-smsc-status-23 = SMSC forbade the message: a repeat, too many of them, a stop-list, the spam filter or the sender ID.
    .next = Change the text or the sender ID. If that does not help, ask the SMSC support.
entry-smsc-status-24 = The money on the SMSC account did not suffice for this message.
    .next = Top it up and send again.
entry-smsc-status-25 = The number cannot be reached, or SMSC has no way to its network.
    .next = Send again later. If that does not help, ask the SMSC support.

## Devino: errors by number

entry-devino-error-1 = Devino missed something in our request; nothing of it was sent.
    .next = Tell the person who runs this bot: Devino, error 1.
entry-devino-error-2 = Devino does not accept something in our request; nothing of it was sent.
    .next = Check the number, the sender ID and the dates. If they are right, tell the person who runs this bot: Devino, error 2.
entry-devino-error-3 = Devino has closed our session; the call was not carried out.
    .next = Try again in a minute: I log in anew by myself.
entry-devino-error-4 = Devino does not let us in: the login or the password is wrong, or the session is over.
    .next = Check login and password and /connect again.
entry-devino-error-5 = There is not enough money on the Devino account.
    .next = Top it up. If the account is stopped here, press ▶ Resume in /accounts.
entry-devino-error-6 = Devino cannot do that; most often the sender ID is to blame.
    .next = Use a sender ID agreed with Devino: from=NAME. If it is agreed, ask the Devino support.
entry-devino-error-7 = Devino's protection against spam stopped the request.
    .next = Do not repeat it as it is: change the text or ask the Devino support.
entry-devino-error-8 = Devino's SMS centre does not work or takes too long to answer.
    .next = Look into Devino's own list of messages before you send anew, and try again later.
entry-devino-error-9 = Something broke at Devino while it handled the request.
    .next = Look into Devino's own list of messages before you send anew, and try again later.

## Devino: errors told only in words

entry-devino-said-login = Devino does not accept the login or the password.
    .next = Check them and /connect again.
entry-devino-said-session = Devino says that our session is over; the call was not carried out.
    .next = Try again in a minute: I log in anew by myself.
entry-devino-said-money = Devino says that the account has no money for this.
    .next = Top up the Devino account. If it is stopped here, press ▶ Resume in /accounts.
entry-devino-said-sender = Devino does not accept this sender ID.
    .next = Use one agreed with Devino: from=NAME.
entry-devino-said-recipient = Devino does not accept this number.
    .next = Check the number with the customer.
entry-devino-said-request = Devino found a mistake in our request; nothing of it was sent.
    .next = Tell the person who runs this bot: Devino, mistake in a request.

## Devino SOAP: faults without known words

entry-devino-fault-client = Devino refused our request as wrong; nothing of it was sent.
    .next = Tell the person who runs this bot: Devino SOAP, fault Client.
entry-devino-fault-sender = Devino refused our request as wrong; nothing of it was sent.
    .next = Tell the person who runs this bot: Devino SOAP, fault Sender.
entry-devino-fault-server = Devino could not handle the request, and does not say why.
    .next = Look into Devino's own list of messages before you send anew, and try again later.
entry-devino-fault-receiver = Devino could not handle the request, and gives no reason.
    .next = Look into Devino's own list of messages before you send anew, and try again later.
entry-devino-fault-version = Devino does not accept the SOAP version of our requests.
    .next = Ask the person who runs this bot to set the other soap_version.
entry-devino-fault-understand = Devino could not understand a required part of our request.
    .next = Tell the person who runs this bot: Devino SOAP, fault MustUnderstand.

## Devino: states of an SMS

entry-devino-state--200 = Devino reports an error without details.
    .next = Ask the Devino support.
entry-devino-state--98 = The message was stopped at Devino.
    .next = If it is still needed, send it again.
entry-devino-state--97 = The message was deleted at Devino.
    .next = If it is still needed, send it again.
entry-devino-state--3 = Devino could not read the time of sending.
    .next = Choose another time and send again.
entry-devino-state-8 = Something broke at Devino while it sent the message.
    .next = Send again later. If that does not help, ask the Devino support.
entry-devino-state-10 = Devino or the operator refused the sender ID.
    .next = Use one agreed with Devino: from=NAME.
entry-devino-state-11 = Devino or the operator takes the number for wrong.
    .next = Check the number with the customer.
entry-devino-state-41 = Sending to this number is not allowed.
    .next = Check the number. If it is right, ask the Devino support.
entry-devino-state-42 = The operator refused the message and does not say why.
    .next = Send again later. If that does not help, ask the Devino support.
entry-devino-state-46 = The validity period ran out before the message could be delivered.
    .next = Send again later.
entry-devino-state-47 = Devino deleted the message before it was delivered; perhaps its validity period ran out.
    .next = If it is still needed, send it again.
entry-devino-state-48 = Devino itself refused the message and does not say why.
    .next = Check text and sender ID. If they are in order, ask the Devino support.
entry-devino-state-69 = The message was refused; Devino does not say by whom.
    .next = Ask the Devino support.

## Devino: Viber

entry-devino-viber-state-4 = Viber did not deliver: the customer may have no Viber or be offline.
    .next = Send an SMS.
entry-devino-viber-state-5 = Viber could not send the message.
    .next = Send an SMS. If it happens again, ask the Devino support.
entry-devino-viber-state-7 = The validity period ran out before Viber could deliver.
    .next = Send an SMS, or again with a longer validity period: valid=24h.
entry-devino-viber-error-address-format = The number is written in a way that Viber at Devino does not take.
    .next = Check the number: all of them were refused because of one.
entry-devino-viber-error-address-not-specified = A number is missing in the Viber sending.
    .next = Write the number and send again.
entry-devino-viber-error-address-unknown = Devino does not send to numbers of this kind by Viber.
    .next = Send an SMS.
entry-devino-viber-error-subject-format = A sender ID of this form cannot be used in Viber.
    .next = Use the one that Devino has registered for Viber: from=NAME.
entry-devino-viber-error-subject-not-specified = The Viber sending has no sender ID.
    .next = Use the one that Devino has registered for Viber: from=NAME.
entry-devino-viber-error-subject-unknown = This sender ID is not allowed in Viber.
    .next = Use the one that Devino has registered for Viber: from=NAME.
entry-devino-viber-error-content-not-specified = The Viber sending has no text.
    .next = Write the text and send again.
entry-devino-viber-error-validity-period-seconds-format = Devino cannot use this validity period for Viber.
    .next = Give from one minute to a day, for example valid=2h.
entry-devino-viber-error-system = Something broke in Viber at Devino.
    .next = Look into Devino's own list of messages before you send anew, and try again later.
entry-devino-viber-ok = Devino answered with an error whose text says that all is well.
    .next = Look into Devino's own list of messages before you send anew.

## SMS-Pager: result codes

entry-sms_pager-500 = SMS-Pager missed something in our request; nothing of it was sent.
    .next = Tell the person who runs this bot: SMS-Pager, code 500.
entry-sms_pager-501 = SMS-Pager does not accept the login or the password.
    .next = Check them and /connect again.
entry-sms_pager-502 = SMS-Pager does not accept the sender ID: it is not approved, or has characters that it may not have.
    .next = Use an approved one: from=NAME. If it is approved, ask the SMS-Pager support.
entry-sms_pager-503 = SMS-Pager could not read the time of sending.
    .next = Choose another time.
entry-sms_pager-504 = SMS-Pager does not allow this sender ID.
    .next = Use an allowed one: from=NAME.
entry-sms_pager-510 = SMS-Pager found no number in the request that it could send to.
    .next = Check the numbers with the customer.
entry-sms_pager-511 = SMS-Pager has blocked the account.
    .next = Ask the SMS-Pager support, then press ▶ Resume in /accounts.
entry-sms_pager-512 = Sending SMS is not switched on for this SMS-Pager account.
    .next = Ask the SMS-Pager support to switch it on, then press ▶ Resume in /accounts.
entry-sms_pager-516 = There is not enough money on the SMS-Pager account.
    .next = Top it up. If the account is stopped here, press ▶ Resume in /accounts.
entry-sms_pager-517 = Nobody would get this message: the numbers are not mobile ones, or the tariff is closed for them.
    .next = Check the numbers. If they are right, ask the SMS-Pager support to open this direction.
entry-sms_pager-518 = SMS-Pager does not accept this date or time.
    .next = Choose another time.
entry-sms_pager-519 = SMS-Pager does not allow a numeric sender ID of your own here.
    .next = Use an approved name: from=NAME.
entry-sms_pager-520 = SMS-Pager found nobody in the request to send to.
    .next = Check the numbers with the customer.
entry-sms_pager-70x = SMS-Pager could not read our request; nothing of it was sent.
    .next = Send again without unusual characters. If that does not help, tell the person who runs this bot: SMS-Pager, code 70x.

## SMS-Pager: what its answers and reports say without a code

entry-sms_pager-list-notDelivered = The message was not delivered; SMS-Pager never says why.
    .next = Check the number and send again later. If that does not help, ask the SMS-Pager support.
entry-sms_pager-list-cancel = The message was called back at SMS-Pager and did not go out.
    .next = If it is still needed, send it again.
entry-sms_pager-none-accepted = SMS-Pager took none of the numbers: no money, its stop-list, or not mobile ones.
    .next = Check the numbers and the /balance. If both are in order, ask the SMS-Pager support.
