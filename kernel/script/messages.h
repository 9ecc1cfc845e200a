/* What the script layer says to people, in each language. See base/err.h for the form. */
#ifndef SCRIPT_MESSAGES_H
#define SCRIPT_MESSAGES_H

#include "base/err.h"

#define SCRIPT_TEXTS(X)                                                                                                                                 \
    X(script_file, "The file {0} cannot be read: {1}.", "Файл {0} не читается: {1}.")                                                                   \
    X(script_no_file, "{0} is no plain file.", "{0} — не обычный файл.")                                                                                \
    X(script_unsafe, "{0} may be changed by other users: see to its owner and rights.",                                                                 \
      "{0} могут менять другие: проверьте владельца и права.")                                                                                          \
    X(script_file_large, "The file {0} is larger than {1}.", "Файл {0} больше, чем {1}.")                                                               \
    X(script_files, "There are more than 2,000 files in {0}.", "В {0} более 2000 файлов.")                                                              \
    X(script_argument, "{0} needs {1}.", "{0}: нужно {1}.")                                                                                             \
    X(script_only_definitions,                                                                                                                          \
      "Only definitions are taken in this way, not {0}: handlers belong in a script or plugin.",                                                        \
      "Так принимаются только определения, но не {0}: обработчикам место в скрипте или " \
      "расширении.")                                                                                                                                    \
    X(script_only_handlers,                                                                                                                             \
      "{0} has no place in a script made in the browser: entities, views and reports have pages "                                                       \
      "of their own.",                                                                                                                                  \
      "{0} не место в скрипте из браузера: у сущностей, видов и отчётов есть свои страницы.")                                                           \
    X(script_only_apply, "A script within a file has its place in what perigee apply is given.",                                                        \
      "Скрипту внутри файла место в том, что получает perigee apply.")                                                                                  \
    X(script_unknown_name, "The name {0} is not known here.", "Имя {0} здесь не известно.")                                                             \
    X(script_unknown_near, "The name {0} is not known here; did you mean {1}?",                                                                         \
      "Имя {0} здесь не известно; возможно, {1}?")                                                                                                      \
    X(script_test_failed, "The test \"{0}\" fails: {1}", "Проверка «{0}» не проходит: {1}")                                                             \
    X(script_unfinished, "{0} \"{1}\" has a name but no table: write {0} \"{1}\" { ... }.",                                                             \
      "{0} «{1}» без таблицы: пишите {0} \"{1}\" { ... }.")                                                                                             \
    X(script_mixed, "A table in a definition has either names or a list, not both.",                                                                    \
      "Таблица в определении содержит либо имена, либо список, но не то и другое.")                                                                     \
    X(script_key, "A key of a definition must be text.",                                                                                                \
      "Ключ в определении должен быть текстом.")                                                                                                        \
    X(script_value, "A definition cannot hold {0}.", "Определение не может содержать: {0}.")                                                            \
    X(script_number, "The number {0} has more than six places or is too large.",                                                                        \
      "У числа {0} больше шести знаков после запятой, или оно слишком велико.")                                                                         \
    X(script_text, "A text in a definition is not valid UTF-8.",                                                                                        \
      "Текст в определении не в кодировке UTF-8.")                                                                                                      \
    X(script_deep, "A definition is nested deeper than {0} tables.",                                                                                    \
      "Вложенность определения больше {0} таблиц.")                                                                                                     \
    X(script_large, "A definition has more than {0} values.",                                                                                           \
      "В определении больше {0} значений.")                                                                                                             \
    X(script_options_twice, "{0} was given its options already.", "{0}: параметры уже заданы.")                                                         \
    X(script_option, "{0} has no option \"{1}\".", "У {0} нет параметра «{1}».")                                                                        \
    X(script_load_only, "{0} may be called only while the file is loaded, not in a handler.",                                                           \
      "{0} можно вызывать только при загрузке файла, не в обработчике.")                                                                                \
    X(script_not_before, "crm.{0} does not work in a before-handler: nothing is saved yet.",                                                            \
      "crm.{0} не работает в обработчике before: ещё ничего не сохранено.")                                                                             \
    X(script_keep_many, "A run may look at or keep at most 1,000 keys.",                                                                                \
      "За один запуск можно прочитать или сохранить не больше 1000 ключей.")                                                                            \
    X(script_keep_large, "What is kept under a key has at most 64 KB.",                                                                                 \
      "Под одним ключом хранится не больше 64 КБ.")                                                                                                     \
    X(script_keep_stale, "Another run has changed what this one had read; it begins anew.",                                                             \
      "Другой запуск изменил прочитанное; этот начнётся заново.")                                                                                       \
    X(script_outside, "crm.{0} works only inside a handler.",                                                                                           \
      "crm.{0} работает только внутри обработчика.")                                                                                                    \
    X(script_units, "There are too many owners of scripts.", "Слишком много владельцев скриптов.")                                                      \
    X(script_stale, "This record belongs to a call that has ended.",                                                                                    \
      "Эта запись принадлежит вызову, который уже закончился.")                                                                                         \
    X(script_no_field, "There is no field \"{0}\" in {1}.", "В {1} нет поля «{0}».")                                                                    \
    X(script_no_field_near, "There is no field \"{0}\" in {1}; did you mean \"{2}\"?",                                                                  \
      "В {1} нет поля «{0}»; возможно, «{2}»?")                                                                                                         \
    X(script_no_entity, "There is no entity \"{0}\".", "Нет сущности «{0}».")                                                                           \
    X(script_no_slot, "There is no view \"{0}\" with a slot.", "Нет вида «{0}» со слотом.")                                                             \
    X(script_read_only, "{0} cannot be changed here; use crm.update.",                                                                                  \
      "{0} здесь нельзя изменить; используйте crm.update.")                                                                                             \
    X(script_many, "{0} holds many values; write it with crm.update.",                                                                                  \
      "{0} содержит много значений; пишите через crm.update.")                                                                                          \
    X(script_field_value, "{0} needs {1}, not {2}.", "{0}: нужно {1}, а дано {2}.")                                                                     \
    X(script_query, "A query needs {0}.", "Запросу нужно: {0}.")                                                                                        \
    X(script_http_busy, "{0} is too busy to answer.", "{0} слишком занят, чтобы ответить.")                                                             \
    X(script_http_many, "A run sends at most 20 requests.",                                                                                             \
      "За один запуск отправляется не больше 20 запросов.")                                                                                             \
    X(script_mail_many, "A run sends at most 200 mails.",                                                                                               \
      "За один запуск отправляется не больше 200 писем.")                                                                                               \
    X(script_mail_place, "The mail has a place {0} that names no value it can show.",                                                                   \
      "В письме есть место {0}, а показать под этим именем нечего.")                                                                                    \
    X(script_mail_places, "A mail has at most 500 places to fill in.",                                                                                  \
      "В письме не больше 500 мест для подстановки.")                                                                                                   \
    X(script_placeholders, "The condition has {0} placeholders, but {1} values were given.",                                                            \
      "В условии {0} мест для значений, а значений дано {1}.")                                                                                          \
    X(script_result, "The result of the script is larger than 1 MB.",                                                                                   \
      "Результат скрипта больше 1 МБ.")                                                                                                                 \
    X(script_settle, "crm.settle works in tests only.", "crm.settle работает только в тестах.")                                                         \
    X(script_stopped, "The script was stopped.", "Скрипт остановлен.")                                                                                  \
    X(script_no_handler, "There is no handler {0}.", "Нет обработчика {0}.")                                                                            \
    X(script_no_owner, "There is no plugin or script \"{0}\".",                                                                                         \
      "Нет расширения или скрипта «{0}».")                                                                                                              \
    X(script_no_run, "There is no such run.", "Такого запуска нет.")                                                                                    \
    X(script_run_jobless, "This run was not the work of a job: it cannot be resumed.",                                                                  \
      "Этот запуск не был заданием: его нельзя возобновить.")                                                                                           \
    X(script_run_ended, "This run ended well: there is nothing to resume.",                                                                             \
      "Этот запуск закончился успешно: возобновлять нечего.")                                                                                           \
    X(script_admin,                                                                                                                                     \
      "Scripts and their runs are for administrators and whoever has the permission \"scripts\".",                                                      \
      "Скрипты и их запуски — для администраторов и тех, у кого есть право «scripts».")                                                                 \
    X(script_wire, "What came from the other process is not a message of ours.",                                                                        \
      "Из другого процесса пришло непонятное сообщение.")                                                                                               \
    X(script_wire_large, "The values are too large to be handed over at once.",                                                                         \
      "Значения слишком велики, чтобы передать их за один раз.")                                                                                        \
    X(script_crashed, "The process that ran the script has died.",                                                                                      \
      "Процесс, в котором шёл скрипт, умер.")                                                                                                           \
    X(script_no_worker, "No process for scripts is free; try again later.",                                                                             \
      "Нет свободного процесса для скриптов; повторите позже.")                                                                                         \
    X(script_handles, "Too many queries at once.", "Слишком много запросов сразу.")                                                                     \
    X(script_in_worker, "{0} has no place in a script that runs in a process of its own.",                                                              \
      "{0} не место в скрипте, который идёт в отдельном процессе.")                                                                                     \
    X(script_writes, "A run may write at most {0} records.",                                                                                            \
      "За один запуск можно записать не больше {0} записей.")                                                                                           \
    X(script_no_webhook, "Nothing answers at this address.", "По этому адресу ничего нет.")                                                             \
    X(script_no_such_webhook, "{0} has no webhook \"{1}\".", "У {0} нет вебхука «{1}».")                                                                \
    X(script_webhook_secret, "A secret has 16 to 500 printable characters without blanks.",                                                             \
      "Секрет — это от 16 до 500 печатных знаков без пробелов.")                                                                                        \
    X(script_webhook_stopped, "The script behind this address is stopped.",                                                                             \
      "Скрипт за этим адресом остановлен.")                                                                                                             \
    X(script_webhook_unset, "No user is set for this webhook: an administrator has to.",                                                                \
      "Для этого вебхука не задан пользователь: это делает администратор.")                                                                             \
    X(script_webhook_often, "Too many requests for this webhook; try again later.",                                                                     \
      "Слишком много запросов к этому вебхуку; повторите позже.")                                                                                       \
    X(script_webhook_busy, "Too many webhooks are being answered; try again later.",                                                                    \
      "Сейчас отвечает слишком много вебхуков; повторите позже.")                                                                                       \
    X(script_webhook_failed, "The script behind this address has failed; try again later.",                                                             \
      "Скрипт за этим адресом не справился; повторите позже.")                                                                                          \
    X(script_webhook_header, "The header {0} has more than {1} bytes.",                                                                                 \
      "В заголовке {0} больше {1} байт.")                                                                                                               \
    X(script_webhook_repeated, "This delivery came before.", "Это сообщение уже приходило.")                                                            \
    X(script_webhook_user, "There is no active user {0}.", "Нет действующего пользователя {0}.")                                                        \
    X(manifest_table, "A manifest returns one table: return { name = ..., version = ... }.",                                                            \
      "Манифест возвращает одну таблицу: return { name = ..., version = ... }.")                                                                        \
    X(manifest_key, "\"{0}\" is not a key of a manifest; the keys are: {1}.",                                                                           \
      "У манифеста нет ключа «{0}»; есть ключи: {1}.")                                                                                                  \
    X(manifest_value, "{0} of a manifest must be {1}.", "{0} в манифесте: нужно {1}.")                                                                  \
    X(manifest_missing, "A manifest needs {0}.", "В манифесте нет {0}.")

#define SCRIPT_TEXT(name, en, ru) ERR_TEXT_ITEM_(say_, name, en, ru)
SCRIPT_TEXTS(SCRIPT_TEXT)
#undef SCRIPT_TEXT

#endif
