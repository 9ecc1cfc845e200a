/* What the command line says to people. See base/err.h for the form. */
#ifndef CLI_MESSAGES_H
#define CLI_MESSAGES_H

#include "base/err.h"

#define CLI_TEXTS(X)                                                                                                                                     \
    X(command_unknown, "There is no command {0}. See \"perigee help\".",                                                                                 \
      "Нет команды {0}. Смотрите «perigee help».")                                                                                                       \
    X(option_unknown, "{0} has no option {1}.", "У команды {0} нет параметра {1}.")                                                                      \
    X(option_value, "{0} needs a value.", "Параметру {0} нужно значение.")                                                                               \
    X(option_flag, "{0} takes no value.", "Параметр {0} не принимает значения.")                                                                         \
    X(option_twice, "{0} is given twice.", "Параметр {0} указан дважды.")                                                                                \
    X(option_missing, "{0} is needed.", "Нужен параметр {0}.")                                                                                           \
    X(option_number, "{0} must be a whole number, not {1}.", "{0} — целое число, а не {1}.")                                                             \
    X(option_choice, "{0} must be one of {1}, not {2}.", "{0} — одно из {1}, а не {2}.")                                                                 \
    X(argument_missing, "{0} is missing.", "Не хватает {0}.")                                                                                            \
    X(argument_extra, "{0} is one word too many.", "Лишнее слово {0}.")                                                                                  \
    X(option_many, "There are too many options.", "Слишком много параметров.")                                                                           \
    X(file_open, "{0} cannot be opened: {1}.", "Не удалось открыть {0}: {1}.")                                                                           \
    X(file_make, "{0} cannot be made: {1}.", "Не удалось создать {0}: {1}.")                                                                             \
    X(setting_unknown, "There is no setting {0}.", "Нет настройки {0}.")                                                                                 \
    X(setting_line, "A setting is written as \"key = value\".",                                                                                          \
      "Настройка пишется как «ключ = значение».")                                                                                                        \
    X(setting_number, "The setting {0} must be a number from {1} to {2}, not {3}.",                                                                      \
      "Настройка {0} — число от {1} до {2}, а не {3}.")                                                                                                  \
    X(setting_flag, "The setting {0} must be yes or no, not {1}.",                                                                                       \
      "Настройка {0} — yes или no, а не {1}.")                                                                                                           \
    X(database_differs, "This data directory belongs to another database than --database names.",                                                        \
      "Этот каталог данных принадлежит другой базе, чем указано в --database.")                                                                          \
    X(not_made, "There is no Perigee in {0}. Make one with \"perigee init\".",                                                                           \
      "В {0} нет Perigee. Создайте его командой «perigee init».")                                                                                        \
    X(already_made, "There is a Perigee in {0} already.", "В {0} уже есть Perigee.")                                                                     \
    X(folder_make, "The folder {0} cannot be made: {1}.", "Не удалось создать папку {0}: {1}.")                                                          \
    X(lock_taken, "Another process works with {0}.", "С {0} работает другой процесс.")                                                                   \
    X(lock_failed, "{0} cannot be locked: {1}.", "Не удалось заблокировать {0}: {1}.")                                                                   \
    X(server_gone, "The server went away before it answered.", "Сервер пропал, не ответив.")                                                             \
    X(server_busy, "The server runs too many commands already.",                                                                                         \
      "На сервере уже выполняется слишком много команд.")                                                                                                \
    X(message_malformed, "What came through the socket is malformed.",                                                                                   \
      "Сообщение из сокета испорчено.")                                                                                                                  \
    X(listen_failed, "Commands cannot be listened for on {0}: {1}.",                                                                                     \
      "Не удалось принимать команды на {0}: {1}.")                                                                                                       \
    X(password_empty, "No password came on standard input.",                                                                                             \
      "Пароль не поступил на стандартный ввод.")                                                                                                         \
    X(currency_unknown, "There is no currency {0}.", "Нет валюты {0}.")                                                                                  \
    X(language_unknown, "There is no language {0}; there are en and ru.",                                                                                \
      "Нет языка {0}; есть en и ru.")                                                                                                                    \
    X(user_unknown, "There is no user {0}.", "Нет пользователя {0}.")                                                                                    \
    X(entity_unknown, "There is no entity {0}.", "Нет сущности {0}.")                                                                                    \
    X(field_unknown, "There is no field {0} in {1}.", "В {1} нет поля {0}.")                                                                             \
    X(id_malformed, "{0} is not an id.", "{0} — не идентификатор.")                                                                                      \
    X(set_form, "{0} should be written as FIELD=VALUE.", "{0} следует писать как ПОЛЕ=ЗНАЧЕНИЕ.")                                                        \
    X(check_failed, "The check found {0} problems.", "Проверка нашла проблем: {0}.")                                                                     \
    X(undo_conflicts, "{0} changes were left as they are, because they were changed since.",                                                             \
      "{0} изменений оставлены: с тех пор их изменили.")                                                                                                 \
    X(server_running, "A server is running: stop it first.",                                                                                             \
      "Работает сервер: сначала остановите его.")                                                                                                        \
    X(storage_failed, "The storage failed; nothing was written after that. Start again.",                                                                \
      "Хранилище отказало; после этого ничего не записано. Запустите снова.")                                                                            \
    X(users_forbidden, "Only who may manage users can make tokens for others.",                                                                          \
      "Делать токены для других может только тот, кто управляет пользователями.")                                                                        \
    X(passwords_forbidden, "Only who may manage users can set the passwords of others.",                                                                 \
      "Задавать пароли другим может только тот, кто управляет пользователями.")                                                                          \
    X(said_password, "{0} has a new password; their sessions have ended.",                                                                               \
      "У {0} новый пароль; сеансы завершены.")                                                                                                           \
    X(said_made,                                                                                                                                         \
      "A new Perigee is in {0}. Start it with \"perigee serve\"; then the first administrator "                                                          \
      "opens, "                                                                                                                                          \
      "once, within a week:\n{1}",                                                                                                                       \
      "Новый Perigee — в {0}. Запустите его командой «perigee serve»; затем первый администратор " \
      "открывает, один раз, в течение недели:\n{1}")                                                                                                     \
    X(said_user, "The user {0} is there ({1}).", "Пользователь {0} создан ({1}).")                                                                       \
    X(said_invitation, "To set a password, once, within a week:\n{0}",                                                                                   \
      "Чтобы задать пароль, один раз, в течение недели:\n{0}")                                                                                           \
    X(said_repaired, "The search index of {0} was made anew: {1} records.",                                                                              \
      "Поисковый индекс {0} построен заново, записей: {1}.")                                                                                             \
    X(said_checked, "{0} records, {1} changesets, {2} changes: no problems.",                                                                            \
      "Записей {0}, наборов изменений {1}, изменений {2}: проблем нет.")                                                                                 \
    X(said_no_steps, "The database is as the definitions say.",                                                                                          \
      "База данных соответствует описаниям.")                                                                                                            \
    X(said_no_mistakes, "No mistakes found.", "Ошибок не найдено.")                                                                                      \
    X(said_undone, "Undone by changeset {0}.", "Отменено набором изменений {0}.")                                                                        \
    X(said_held, "Held back, the version before stays: {0}. {1}",                                                                                        \
      "Придержано, остаётся прежняя версия: {0}. {1}")                                                                                                   \
    X(said_tested, "All {0} tests passed.", "Пройдено тестов: {0}, все.")                                                                                \
    X(tests_failed, "{0} tests failed, {1} passed.", "Не пройдено тестов: {0}, пройдено: {1}.")                                                          \
    X(tests_none, "There are no tests.", "Тестов нет.")                                                                                                  \
    X(new_name, "{0} cannot be a name: small Latin letters, digits and _, a letter first.",                                                              \
      "{0} не годится в имена: строчные латинские буквы, цифры и _, первой — буква.")                                                                    \
    X(said_disabled, "Switched off: {0}", "Выключен: {0}")                                                                                               \
    X(said_plugin_plan, "{0} {1} (version {2} -> {3}):", "{0} {1} (версия {2} -> {3}):")                                                                 \
    X(said_plugin_goes, "  goes out of use: {0}", "  выходит из употребления: {0}")                                                                      \
    X(said_plugin_goes_with, "  goes out of use: {0} (records: {1})",                                                                                    \
      "  выходит из употребления: {0} (записей: {1})")                                                                                                   \
    X(said_plugin_migration, "  migration: {0}", "  миграция: {0}")                                                                                      \
    X(said_plugin_done, "Done: {0} {1}", "Готово: {0} {1}")                                                                                              \
    X(plugin_fate, "Say what becomes of its data: --records keep or --records delete.",                                                                  \
      "Скажите, что станет с его данными: --records keep или --records delete.")                                                                         \
    X(said_loaded, "Loaded: {0}", "Загружено: {0}")                                                                                                      \
    X(said_nothing_loaded, "Nothing has changed.", "Ничего не изменилось.")                                                                              \
    X(said_left_out, "Left out: {0}. {1}", "Не загружено: {0}. {1}")                                                                                     \
    X(said_asks, "    only when it is asked for by name: apply --drop {0}",                                                                              \
      "    только если потребовать по имени: apply --drop {0}")                                                                                          \
    X(said_estimate, "    {0} rows, about {1} MB and {2} s",                                                                                             \
      "    записей: {0}, примерно {1} МБ и {2} с")                                                                                                       \
    X(said_step_waits,                                                                                                                                   \
      "    waits: what its records belong to is switched off; goes on when that is back",                                                                \
      "    ждёт: то, чему принадлежат записи, выключено; продолжится, когда его включат")                                                                \
    X(said_into, "    -> {0} ({1} records)", "    -> {0} (записей: {1})")                                                                                \
    X(said_records, "    {0} records", "    записей: {0}")                                                                                               \
    X(said_meet,                                                                                                                                         \
      "    {0}: the module now says {1}, before {2}; you say {3}, which stays. --keep {4}, or "                                                          \
      "--take {4}",                                                                                                                                      \
      "    {0}: модуль теперь говорит {1}, раньше {2}; у вас {3}, это и остаётся. --keep {4} или "           \
      "--take {4}")                                                                                                                                      \
    X(said_waits, "The change waits for another administrator: schema approve {0}.",                                                                     \
      "Изменение ждёт другого администратора: schema approve {0}.")                                                                                      \
    X(script_text,                                                                                                                                       \
      "A script in a file of definitions is written: script \"name\" { text = [[ ... ]] }.",                                                             \
      "Скрипт в файле определений пишется так: script \"имя\" { text = [[ ... ]] }.")                                                                    \
    X(definitions_many, "There are more than {0} definitions.", "Определений больше {0}.")                                                               \
    X(said_background, "The rest goes on beside the work of others; see plan --status.",                                                                 \
      "Остальное выполняется рядом с работой других; смотрите plan --status.")                                                                           \
    X(said_kept, "{0}: defined no more; its data is kept.",                                                                                              \
      "{0}: больше не описано; данные сохранены.")                                                                                                       \
    X(whole_forbidden, "Only an administrator may do this.",                                                                                             \
      "Это может делать только администратор.")                                                                                                          \
    X(file_exists, "There is a file {0} already.", "Файл {0} уже есть.")                                                                                 \
    X(place_taken,                                                                                                                                       \
      "{0} is not empty: there is a Perigee in it already. Restore into an empty place.",                                                                \
      "{0} не пуст: в нём уже есть Perigee. Восстанавливайте в пустое место.")                                                                           \
    X(conf_differs,                                                                                                                                      \
      "{0} is there already and names another database than that of the copy. Take it away, or "                                                         \
      "copy into another folder.",                                                                                                                       \
      "{0} уже есть и указывает на другую базу. Уберите этот файл или выберите другой каталог.")                                                         \
    X(path_relative, "{0} should be an absolute path, or the URI of a database.",                                                                        \
      "{0} должно быть полным путём или адресом базы данных.")                                                                                           \
    X(said_backup,                                                                                                                                       \
      "{0}: {1} rows, {2} files, up to changeset {3}; {4} bytes, read back and found whole.",                                                            \
      "{0}: строк {1}, файлов {2}, до набора изменений {3}; байтов {4}, перечитано, всё цело.")                                                          \
    X(said_restored,                                                                                                                                     \
      "{0}: {1} rows, {2} files, up to changeset {3}. Outbound jobs are held until "                                                                     \
      "\"perigee jobs release\".",                                                                                                                       \
      "{0}: строк {1}, файлов {2}, до набора изменений {3}. Исходящие задания ждут команды "      \
      "«perigee jobs release».")                                                                                                                         \
    X(said_taken_back,                                                                                                                                   \
      "Taken back to {0}: {1} changesets after it are not in it, {2} records are what they "                                                             \
      "were.",                                                                                                                                           \
      "Возвращено к {0}: более поздних наборов изменений нет — {1}, записей "                         \
      "вернулось к прежнему — {2}.")                                                                                                                     \
    X(said_left_as_is,                                                                                                                                   \
      "{0} records could not be taken back: their entity is there no more, or what they held "                                                           \
      "was erased.",                                                                                                                                     \
      "Не удалось вернуть записей: {0}. Их сущности больше нет или содержимое стёрто.")                                                                  \
    X(backup_ends, "The backup was taken at {0}: take a later one, or name an earlier moment.",                                                          \
      "Копия снята {0}: возьмите более позднюю или назовите момент раньше.")                                                                             \
    X(moment_malformed, "{0} is not a moment such as 2026-11-21T18:26:00Z.",                                                                             \
      "{0} — не момент вида 2026-11-21T18:26:00Z.")                                                                                                      \
    X(said_upgraded,                                                                                                                                     \
      "The database was brought from version {0} to {1}. What it was before is in {2}: "                                                                 \
      "the program that wrote it restores that into a new data directory.",                                                                              \
      "База данных переведена с версии {0} на {1}. Прежняя — в {2}: программа, "                         \
      "которая её записала, восстановит её в новый каталог данных.")                                                                                     \
    X(said_back,                                                                                                                                         \
      "The database was taken back from version {0} to {1}. What it was is in {2}; outbound jobs "                                                       \
      "are held until \"perigee jobs release\".",                                                                                                        \
      "База данных возвращена с версии {0} на {1}. Прежняя — в {2}; исходящие "                          \
      "задания ждут команды «perigee jobs release».")                                                                                                    \
    X(no_copy, "No upgrade has kept a copy of an older version in DIR/copies.",                                                                          \
      "В DIR/copies нет копии более старой версии.")                                                                                                     \
    X(back_loses,                                                                                                                                        \
      "{0} changesets were written since the upgrade, and the copy is without them. --lossy goes "                                                       \
      "back all the same.",                                                                                                                              \
      "После обновления записано наборов изменений: {0}, в копии их нет. --lossy "                     \
      "вернёт всё равно.")                                                                                                                               \
    X(said_up_to_date, "The database has version {0}: nothing to do.",                                                                                   \
      "Версия базы данных {0}: делать нечего.")                                                                                                          \
    X(said_node, "Node {0} at {1}, version {2}, seen {3} s ago.",                                                                                        \
      "Узел {0}, {1}, версия {2}, замечен {3} с назад.")                                                                                                 \
    X(said_node_gone, "Node {0} at {1}, version {2}: gone, last seen {3} s ago.",                                                                        \
      "Узел {0}, {1}, версия {2}: не работает, замечен {3} с назад.")                                                                                    \
    X(said_node_alone, "SQLite serves one process only.",                                                                                                \
      "SQLite обслуживает только один процесс.")                                                                                                         \
    X(said_released, "Outbound jobs run again.", "Исходящие задания снова выполняются.")                                                                 \
    X(said_not_held, "Outbound jobs were not held.", "Исходящие задания не были остановлены.")                                                           \
    X(one_file, "Name one file: it takes the place of one script.",                                                                                      \
      "Назовите один файл: он занимает место одного скрипта.")                                                                                           \
    X(which_script, "Name a file, or a script with --script.",                                                                                           \
      "Назовите файл или скрипт (--script).")                                                                                                            \
    X(record_form, "A record is named as ENTITY/ID, not {0}.",                                                                                           \
      "Запись называют как СУЩНОСТЬ/НОМЕР, а не {0}.")                                                                                                   \
    X(event_form, "An event is named as SEQ or SEQ/POSITION, not {0}.",                                                                                  \
      "Событие называют как SEQ или SEQ/ПОЗИЦИЯ, а не {0}.")                                                                                             \
    X(said_trial, "Tried: {0}. Nothing was written.",                                                                                                    \
      "Проверено запусков: {0}. Ничего не записано.")                                                                                                    \
    X(said_replayed, "Runs: {0}, assignments: {1}. Nothing was written.",                                                                                \
      "Запусков: {0}, присвоений: {1}. Ничего не записано.")                                                                                             \
    X(said_compared, "Assignments: {0}, of which differ: {1}. Nothing was written.",                                                                     \
      "Присвоений: {0}, из них различаются: {1}. Ничего не записано.")                                                                                   \
    X(said_mail_again, "The mail has its next attempt now.",                                                                                             \
      "Письмо получит новую попытку сейчас.")                                                                                                            \
    X(said_mail_cancelled, "The mail is not sent any more.", "Письмо больше не отправится.")                                                             \
    X(said_resumed, "The run's job has its next attempt now.",                                                                                           \
      "Задание запуска получит новую попытку сейчас.")                                                                                                   \
    X(said_webhook_user, "Its runs have the rights of {0}.", "Права его запусков — как у {0}.")                                                          \
    X(said_script_stopped, "{0} is stopped; cancelled: {1}.",                                                                                            \
      "{0}: остановлен; отменено заданий: {1}.")                                                                                                         \
    X(said_script_started, "{0} runs again.", "{0}: снова выполняется.")                                                                                 \
    X(worker_alone, "A worker is started by the server, not by hand.",                                                                                   \
      "Рабочий процесс запускает сервер, а не человек.")                                                                                                 \
    X(cancelled, "Cancelled.", "Отменено.")

#define CLI_TEXT(name, en, ru) ERR_TEXT_ITEM_(cli_, name, en, ru)
CLI_TEXTS(CLI_TEXT)
#undef CLI_TEXT

#endif
