/* What jobs, subscribers and schedules say to people, in each language. See base/err.h for the
 * form. */
#ifndef EVENT_MESSAGES_H
#define EVENT_MESSAGES_H

#include "base/err.h"

#define EVENT_TEXTS(X)                                                                                                                                                   \
    X(job_not_found, "There is no such job.", "Такого задания нет.")                                                                                                     \
    X(job_state, "The job is {0}; this is not possible now.",                                                                                                            \
      "Задание в состоянии {0}; сейчас это невозможно.")                                                                                                                 \
    X(job_lost, "The job was taken over or stopped; nothing of it was written.",                                                                                         \
      "Задание остановлено или передано другому; ничего не записано.")                                                                                                   \
    X(job_interrupted, "The server stopped {0} times while this ran.",                                                                                                   \
      "Сервер останавливался во время этого задания {0} раз.")                                                                                                           \
    X(loop, "Stopped: one change caused another {0} times in a row.",                                                                                                    \
      "Остановлено: одно изменение вызвало другое {0} раз подряд.")                                                                                                      \
    X(payload_large, "The job's payload has {0} bytes; {1} are allowed.",                                                                                                \
      "В задании {0} байт; разрешено {1}.")                                                                                                                              \
    X(payload_bad, "The job's payload is not what this kind expects.",                                                                                                   \
      "Содержимое задания не того вида.")                                                                                                                                \
    X(kind_unknown, "There is no kind of job {0}.", "Нет заданий вида {0}.")                                                                                             \
    X(twice, "{0} is registered twice.", "{0} зарегистрировано дважды.")                                                                                                 \
    X(name_empty, "A name is needed.", "Нужно имя.")                                                                                                                     \
    X(gate_url, "{0} is no address of the kind http://host/path or https://host/path.",                                                                                  \
      "{0} - не адрес вида http://host/path или https://host/path.")                                                                                                     \
    X(gate_place,                                                                                                                                                        \
      "{0} points to a place that scripts may not ask; an administrator of the server can name "                                                                         \
      "it "                                                                                                                                                              \
      "in http_allowed.",                                                                                                                                                \
      "{0} ведёт туда, куда скриптам обращаться нельзя; администратор сервера может разрешить "   \
      "это место в http_allowed.")                                                                                                                                       \
    X(gate_method, "{0} is none of GET, POST, PUT, PATCH, DELETE, HEAD.",                                                                                                \
      "{0} - не GET, POST, PUT, PATCH, DELETE или HEAD.")                                                                                                                \
    X(gate_header, "The header {0} cannot be sent.", "Заголовок {0} нельзя отправить.")                                                                                  \
    X(gate_large, "A request has at most 4 KB of address, 30 headers and 128 KB of body.",                                                                               \
      "В запросе не больше 4 КБ адреса, 30 заголовков и 128 КБ тела.")                                                                                                   \
    X(gate_silent, "Nobody answers for {0}.", "По имени {0} никто не отвечает.")                                                                                         \
    X(gate_failed, "{0} was not reached: {1}.", "Связи с {0} нет: {1}.")                                                                                                 \
    X(gate_stopped, "The request was stopped.", "Запрос остановлен.")                                                                                                    \
    X(mail_no_server,                                                                                                                                                    \
      "No mail server is set: an administrator says mail_host and mail_from in the settings.",                                                                           \
      "Почтовый сервер не указан: администратор задаёт mail_host и mail_from в настройках.")                                                                             \
    X(mail_place,                                                                                                                                                        \
      "{0} is no mail server that may be used: public addresses on the ports 25, 465, 587 and "                                                                          \
      "2525, and what an administrator of the server names in mail_allowed.",                                                                                            \
      "{0} использовать нельзя: разрешены публичные адреса и порты 25, 465, 587, 2525, а также "                   \
      "то, что администратор сервера назвал в mail_allowed.")                                                                                                            \
    X(mail_open_password,                                                                                                                                                \
      "Without TLS a password is sent only to a server that is named in mail_allowed.",                                                                                  \
      "Без TLS пароль отправляется только на сервер, названный в mail_allowed.")                                                                                         \
    X(mail_no_tls, "{0} does not take STARTTLS; nothing was sent.",                                                                                                      \
      "{0} не принимает STARTTLS; ничего не отправлено.")                                                                                                                \
    X(mail_stopped, "The mail was stopped.", "Отправка письма остановлена.")                                                                                             \
    X(mail_unsure,                                                                                                                                                       \
      "The connection ended after the mail was handed over, before {0} had said yes: it may have "                                                                       \
      "arrived. It is not sent again unless somebody says so.",                                                                                                          \
      "Связь прервалась после передачи письма, до ответа {0}: возможно, оно дошло. Само повторно " \
      "не отправится.")                                                                                                                                                  \
    X(mail_refused, "{0} refused: {1}", "{0} отказал: {1}")                                                                                                              \
    X(mail_address, "{0} is no address of mail.", "{0} - не адрес почты.")                                                                                               \
    X(mail_domain, "Mail to {0} is not allowed: its domain is not among mail_domains.",                                                                                  \
      "Письма на {0} запрещены: домена нет в mail_domains.")                                                                                                             \
    X(mail_form, "A mail needs 1 to 50 addresses, a subject, and text or html.",                                                                                         \
      "Письму нужны от 1 до 50 адресов, тема и text или html.")                                                                                                          \
    X(mail_large,                                                                                                                                                        \
      "A mail has at most 500 bytes of subject, 150 KB of text and 10 files of 10 MB together.",                                                                         \
      "В письме не больше 500 байт темы, 150 КБ текста и 10 файлов общим размером 10 МБ.")                                                                               \
    X(mail_full, "10,000 mails wait already; see why they do not go out.",                                                                                               \
      "В очереди уже 10 000 писем; проверьте, почему они не уходят.")                                                                                                    \
    X(mail_day, "{0} has sent its {1} mails of today (mail_per_day).",                                                                                                   \
      "{0}: на сегодня отправлены все {1} писем (mail_per_day).")                                                                                                        \
    X(mail_file, "The file {0} is not there any more.", "Файла {0} больше нет.")                                                                                         \
    X(secret_unreadable, "A secret cannot be read with this server's secret.key: enter it anew.",                                                                        \
      "Секрет не открывается ключом secret.key этого сервера: введите его заново.")                                                                                      \
    X(event_unknown,                                                                                                                                                     \
      "There is no event {0}: write <entity>.created, .updated, .deleted, .restored, .purged, "                                                                          \
      ".stage.changed, .<field>.changed, or a declared name.",                                                                                                           \
      "Нет события {0}: пишите <сущность>.created, .updated, .deleted, .restored, .purged, "                                                     \
      ".stage.changed, .<поле>.changed или объявленное имя.")                                                                                                            \
    X(cursor_moved, "Another reader has moved the cursor {0}.",                                                                                                          \
      "Курсор {0} переставлен другим читателем.")                                                                                                                        \
    X(cron_form,                                                                                                                                                         \
      "{0} is not a schedule: five fields (minute hour day month weekday) or @daily and the like "                                                                       \
      "are needed; the fault is in the field {1}.",                                                                                                                      \
      "{0} - не расписание: нужно пять полей (минута час день месяц день недели) или @daily и "                \
      "подобное; ошибка в поле {1}.")                                                                                                                                    \
    X(schedule_unknown, "There is no schedule {0}.", "Нет расписания {0}.")                                                                                              \
    X(not_settled, "The work after commits did not end in time.",                                                                                                        \
      "Работа после записи не закончилась вовремя.")

#define EVENT_TEXT(name, en, ru) ERR_TEXT_ITEM_(event_, name, en, ru)
EVENT_TEXTS(EVENT_TEXT)
#undef EVENT_TEXT

#endif
