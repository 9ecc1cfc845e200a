/* What the HTTP door says to people, in each language. See base/err.h for the form.
 *
 * Not here: what records, rights and queries say (record/messages.h and others). */
#ifndef HTTP_MESSAGES_H
#define HTTP_MESSAGES_H

#include "base/err.h"

#define HTTP_TEXTS(X)                                                                                                                               \
    X(target_malformed, "The address of the request is malformed: {0}.",                                                                            \
      "Адрес запроса составлен неверно: {0}.")                                                                                                      \
    X(target_too_long, "The address of the request is longer than {0} bytes.",                                                                      \
      "Адрес запроса длиннее {0} байт.")                                                                                                            \
    X(view_only, "You are looking as another does; nothing can be changed meanwhile.",                                                              \
      "Вы смотрите глазами другого; менять в это время ничего нельзя.")                                                                             \
    X(header_malformed, "The header {0} is malformed.", "Заголовок {0} составлен неверно.")                                                         \
    X(header_repeated, "The header {0} stands more than once; once is allowed.",                                                                    \
      "Заголовок {0} повторяется; он может стоять один раз.")                                                                                       \
    X(headers_too_large, "The headers are larger than {0} bytes or more than {1}.",                                                                 \
      "Заголовки больше {0} байт или их больше {1}.")                                                                                               \
    X(framing_ambiguous, "The request says the length of its body in two ways.",                                                                    \
      "Длина тела запроса указана двумя способами.")                                                                                                \
    X(framing_bytes,                                                                                                                                \
      "The request has bytes that do not belong into headers (NUL, bare line ends, folded "                                                         \
      "lines).",                                                                                                                                    \
      "В заголовках запроса есть недопустимые байты (NUL, одиночные концы строк, переносы).")                                                       \
    X(host_missing, "The header Host is missing.", "Нет заголовка Host.")                                                                           \
    X(host_differs, "The host in the address is not the one in the header Host.",                                                                   \
      "Имя узла в адресе не совпадает с заголовком Host.")                                                                                          \
    X(coding_unsupported, "The transfer coding {0} is not supported; chunked is.",                                                                  \
      "Кодирование передачи {0} не поддерживается; поддерживается chunked.")                                                                        \
    X(length_required, "The length of the body must be given (Content-Length).",                                                                    \
      "Нужно указать длину тела (Content-Length).")                                                                                                 \
    X(body_too_large, "The body has more than {0} bytes.", "Тело запроса больше {0} байт.")                                                         \
    X(body_encoded, "A body in the encoding {0} is not accepted here; send it plain.",                                                              \
      "Тело в кодировке {0} здесь не принимается; пришлите его без сжатия.")                                                                        \
    X(body_type, "The body must be {0}; {1} was sent.",                                                                                             \
      "Тело запроса должно быть {0}, прислано {1}.")                                                                                                \
    X(body_missing, "The request needs a JSON body.", "Запросу нужно тело в формате JSON.")                                                         \
    X(body_not_object, "The body must be a JSON object.",                                                                                           \
      "Тело запроса должно быть объектом JSON.")                                                                                                    \
    X(body_key_unknown, "There is no key {0} here.", "Ключа {0} здесь нет.")                                                                        \
    X(body_key_form, "The key {0} must be {1}.", "Ключ {0} должен быть: {1}.")                                                                      \
    X(body_key_missing, "The key {0} is missing.", "Не хватает ключа {0}.")                                                                         \
    X(body_gone, "The body ended before its end.", "Тело запроса оборвалось.")                                                                      \
    X(method_unknown, "The method {0} is not known.", "Метод {0} неизвестен.")                                                                      \
    X(method_refused, "The method {0} is not allowed here; allowed: {1}.",                                                                          \
      "Метод {0} здесь не допускается; допускаются: {1}.")                                                                                          \
    X(route_unknown, "Nothing answers at this address.", "По этому адресу ничего нет.")                                                             \
    X(not_found, "There is no such record.", "Такой записи нет.")                                                                                   \
    X(entity_unknown, "There is no entity {0}.", "Нет сущности {0}.")                                                                               \
    X(entity_forbidden, "Your role does not allow this.", "Ваша роль этого не позволяет.")                                                          \
    X(query_unknown, "There is no query parameter {0} here.", "Параметра {0} здесь нет.")                                                           \
    X(query_repeated, "The query parameter {0} stands more than once.",                                                                             \
      "Параметр {0} повторяется.")                                                                                                                  \
    X(query_number, "The query parameter {0} must be a whole number from {1} to {2}.",                                                              \
      "Параметр {0} должен быть целым числом от {1} до {2}.")                                                                                       \
    X(query_choice, "The query parameter {0} must be one of: {1}.",                                                                                 \
      "Параметр {0} должен быть одним из: {1}.")                                                                                                    \
    X(query_time, "The query parameter {0} must be a moment such as 2026-11-21T18:26:00Z.",                                                         \
      "Параметр {0} должен быть моментом, например 2026-11-21T18:26:00Z.")                                                                          \
    X(sign_in, "Please sign in.", "Войдите, пожалуйста.")                                                                                           \
    X(csrf, "The request lacks the X-CSRF-Token of this session or comes from another site.",                                                       \
      "В запросе нет X-CSRF-Token этого сеанса, или он пришёл с другого сайта.")                                                                    \
    X(queue_full, "The server is busy. Please try again in a moment.",                                                                              \
      "Сервер занят. Повторите через мгновение.")                                                                                                   \
    X(crowded, "There are too many connections. Please try again in a moment.",                                                                     \
      "Слишком много соединений. Повторите через мгновение.")                                                                                       \
    X(stopping, "The server is stopping. Please try again in a moment.",                                                                            \
      "Сервер останавливается. Повторите через мгновение.")                                                                                         \
    X(client_gone, "The other side has gone.", "Другая сторона отключилась.")                                                                       \
    X(settings_stale, "Somebody changed the settings meanwhile. Look at them again.",                                                               \
      "Настройки тем временем изменены. Взгляните на них снова.")                                                                                   \
    X(if_match_form, "If-Match must be a version such as \"3\".",                                                                                   \
      "If-Match должен быть версией, например \"3\".")                                                                                              \
    X(stale, "The record was changed meanwhile.", "Запись тем временем изменили.")                                                                  \
    X(idempotency_key, "Idempotency-Key must have 1 to 200 printable characters.",                                                                  \
      "Idempotency-Key должен содержать от 1 до 200 печатных символов.")                                                                            \
    X(range, "The requested range lies outside the file.", "Запрошенный диапазон вне файла.")                                                       \
    X(listen_failed, "The server cannot listen on {0}: {1}.", "Сервер не может слушать {0}: {1}.")                                                  \
    X(address_malformed, "{0} is not an address such as 127.0.0.1:8080.",                                                                           \
      "{0} не похоже на адрес вида 127.0.0.1:8080.")                                                                                                \
    X(route_twice, "The route {0} is registered twice.", "Маршрут {0} объявлен дважды.")                                                            \
    X(route_malformed, "The route {0} is malformed.", "Маршрут {0} составлен неверно.")                                                             \
    X(setting_unknown, "There is no setting {0}.", "Нет настройки {0}.")                                                                            \
    X(setting_form, "{0} is no usable value here; wanted: {1}.",                                                                                    \
      "{0} здесь не годится; нужно: {1}.")                                                                                                          \
    X(currency_fixed, "The base currency is fixed: amounts are stored in {0} already.",                                                             \
      "Базовую валюту нельзя сменить: суммы уже записаны в {0}.")                                                                                   \
    X(bulk_form, "Give either ids or where, and one of set, delete, restore and merge.",                                                            \
      "Укажите ids или where и одно из set, delete, restore, merge.")                                                                               \
    X(hand_over_form,                                                                                                                               \
      "Say who takes over: to is a list of users' ids, rules are objects with entity, where and "                                                   \
      "to; closed, disable and dry are true or false.",                                                                                             \
      "Укажите, кто принимает: to — список id пользователей, rules — объекты с entity, where и " \
      "to; closed, disable и dry — true или false.")                                                                                                \
    X(hand_over_person, "{0} cannot take over: it must be somebody else who signs in.",                                                             \
      "{0} не может принять дела: нужен другой действующий пользователь.")                                                                          \
    X(hand_over_entity, "There is no {0} whose records are somebody's work.",                                                                       \
      "Нет сущности {0}, записи которой — чья-то работа.")                                                                                          \
    X(hand_over_nobody, "There is open work: say in to who takes over what no rule gives away.",                                                    \
      "Есть незакрытые дела: укажите в to, кто примет то, что не раздали правила.")                                                                 \
    X(events_off, "This server has no live feed.", "На этом сервере нет живой ленты.")                                                              \
    X(names_too_many, "There are too many of them; {0} are allowed.",                                                                               \
      "Их слишком много; разрешено {0}.")

#define HTTP_TEXT(name, en, ru) ERR_TEXT_ITEM_(http_, name, en, ru)
HTTP_TEXTS(HTTP_TEXT)
#undef HTTP_TEXT

#endif
