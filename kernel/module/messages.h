/* What loading modules, their services and the kernel as a whole say to people. See base/err.h. */
#ifndef MODULE_MESSAGES_H
#define MODULE_MESSAGES_H

#include "base/err.h"

#define MODULE_TEXTS(X)                                                                                                                                                   \
    X(plan_changed, "The plan is not the one that was shown any more. Look at it again.",                                                                                 \
      "План уже не тот, что был показан. Посмотрите его ещё раз.")                                                                                                        \
    X(erase_busy,                                                                                                                                                         \
      "The data of {0} is being read, by a backup or a copy for example, and stays for now. When "                                                                        \
      "that has ended, install {0} again and remove it.",                                                                                                                 \
      "Данные {0} сейчас читают, например резервная копия, и пока они остаются. Когда чтение "         \
      "закончится, установите {0} снова и удалите.")                                                                                                                      \
    X(files_differ,                                                                                                                                                       \
      "Another node has put the definition files of version {0} into force; those of this node "                                                                          \
      "(version {1}) are others. Change the schema there, or bring this node up to the same "                                                                             \
      "files and start it again.",                                                                                                                                        \
      "Другой узел ввёл в действие файлы определений версии {0}, а у этого узла (версия {1}) "              \
      "файлы другие. Меняйте схему там или приведите этот узел к тем же файлам и запустите его "   \
      "снова.")                                                                                                                                                           \
    X(files_behind,                                                                                                                                                       \
      "The definition files of this node need {0}, which the nodes at work do not have. Bring "                                                                           \
      "this node up to their files and start it again.",                                                                                                                  \
      "Файлам определений этого узла нужно {0}, чего нет у работающих узлов. Приведите этот узел " \
      "к их файлам и запустите его снова.")                                                                                                                               \
    X(body_key, "\"{0}\" of the body must be {1}.", "\"{0}\" в теле запроса: нужно {1}.")                                                                                 \
    X(definition_unknown, "There is no definition {0} {1}.", "Нет определения {0} {1}.")                                                                                  \
    X(definition_kind, "\"{0}\" is no kind of definition; there are: {1}.",                                                                                               \
      "«{0}» — не вид определений; есть: {1}.")                                                                                                                           \
    X(definition_forbidden, "Only those who may change the schema may do this.",                                                                                          \
      "Это могут только те, кому разрешено менять схему.")                                                                                                                \
    X(role_definition, "Only administrators may define roles.",                                                                                                           \
      "Роли определяют только администраторы.")                                                                                                                           \
    X(change_unknown, "There is no such change that waited for approval.",                                                                                                \
      "Нет такого изменения, ожидавшего одобрения.")                                                                                                                      \
    X(change_decided, "Somebody has decided about this change already.",                                                                                                  \
      "Об этом изменении уже принято решение.")                                                                                                                           \
    X(changes_full, "{0} changes wait for approval already. Decide about some of them first.",                                                                            \
      "Одобрения ожидают уже {0} изменений. Сначала примите решение о некоторых из них.")                                                                                 \
    X(hand_over_admin, "Only administrators hand over a person's work.",                                                                                                  \
      "Дела другого передают только администраторы.")                                                                                                                     \
    X(hand_over_self, "One's own work is handed over by another administrator.",                                                                                          \
      "Собственные дела передаёт другой администратор.")                                                                                                                  \
    X(no_user, "There is no such user.", "Такого пользователя нет.")                                                                                                      \
    X(change_own, "One's own change is approved by somebody else.",                                                                                                       \
      "Собственное изменение одобряет кто-то другой.")                                                                                                                    \
    X(change_stale,                                                                                                                                                       \
      "The definition {0} {1} was changed since. Refuse this change and make it anew.",                                                                                   \
      "Определение {0} {1} с тех пор изменили. Отклоните изменение и внесите его заново.")                                                                                \
    X(migration_unknown, "There is no such step that waits or runs.",                                                                                                     \
      "Нет такого шага, который ждёт или выполняется.")                                                                                                                   \
                                                                                                                                                                          \
    X(module_open, "The module {0} cannot be loaded: {1}.",                                                                                                               \
      "Не удалось загрузить модуль {0}: {1}.")                                                                                                                            \
    X(module_symbol, "{0} is not a module: it exports no {1}.", "{0} — не модуль: в нём нет {1}.")                                                                        \
    X(module_magic, "{0} is not a module: its descriptor is malformed.",                                                                                                  \
      "{0} — не модуль: его описание повреждено.")                                                                                                                        \
    X(module_size,                                                                                                                                                        \
      "The module {0} is made for another version: its descriptor has {1} bytes, not {2}.",                                                                               \
      "Модуль {0} собран для другой версии: описание занимает {1} байт, а не {2}.")                                                                                       \
    X(module_abi, "The module {0} needs the interface {1}; this program has {2}.",                                                                                        \
      "Модулю {0} нужен интерфейс {1}; в этой программе {2}.")                                                                                                            \
    X(module_name, "The module in {0} calls itself {1}; the names must be the same.",                                                                                     \
      "Модуль в {0} называет себя {1}; имена должны совпадать.")                                                                                                          \
    X(module_incomplete, "The descriptor of the module {0} lacks {1}.",                                                                                                   \
      "В описании модуля {0} не хватает {1}.")                                                                                                                            \
    X(module_twice, "There are two modules {0}.", "Есть два модуля {0}.")                                                                                                 \
    X(module_need, "The module {0} needs {1}, version {2}; it is not here.",                                                                                              \
      "Модулю {0} нужен {1} версии {2}; его здесь нет.")                                                                                                                  \
    X(module_need_version, "The module {0} needs {1}, version {2}; version {3} is here.",                                                                                 \
      "Модулю {0} нужен {1} версии {2}; здесь версия {3}.")                                                                                                               \
    X(module_cycle, "The modules {0} and {1} need each other.",                                                                                                           \
      "Модули {0} и {1} нужны друг другу.")                                                                                                                               \
    X(module_crashed,                                                                                                                                                     \
      "The module {0} has crashed the server twice in ten minutes and is left out. Put a newer "                                                                          \
      "build of it in place, or remove {1}ed to try it again.",                                                                                                           \
      "Модуль {0} дважды за десять минут обрушил сервер и не загружен. Поставьте более новую "        \
      "сборку или удалите {1}ed, чтобы попробовать снова.")                                                                                                               \
    X(module_needs_crashed, "The module {0} needs {1}, which is left out because it crashes.",                                                                            \
      "Модулю {0} нужен {1}, который не загружен, потому что рушит сервер.")                                                                                              \
    X(module_failed, "The module {0} has failed to start.", "Модуль {0} не запустился.")                                                                                  \
    X(module_folder, "The folder of modules {0} cannot be read.",                                                                                                         \
      "Не удалось прочитать папку модулей {0}.")                                                                                                                          \
    X(manifest_absent, "There is no manifest.lua in {0}.", "В {0} нет manifest.lua.")                                                                                     \
    X(manifest_name, "The plugin in {0} calls itself {1}; the names must be the same.",                                                                                   \
      "Расширение в {0} называет себя {1}; имена должны совпадать.")                                                                                                      \
    X(plugin_name_form,                                                                                                                                                   \
      "\"{0}\" cannot name a plugin: use small Latin letters, digits and _, begin with a letter.",                                                                        \
      "«{0}» не может быть именем расширения: годятся строчные латинские буквы, цифры и _, "              \
      "первой стоит буква.")                                                                                                                                              \
    X(plugin_name_taken, "A plugin cannot be called {0}: a module or the kernel has this name.",                                                                          \
      "Расширение не может называться {0}: так называется модуль или часть ядра.")                                                                                        \
    X(path_failed, "{0}: {1}.", "{0}: {1}.")                                                                                                                              \
    X(no_plain_file, "{0} is no plain file.", "{0} — не обычный файл.")                                                                                                   \
    X(file_large, "{0} is too large.", "{0} слишком велик.")                                                                                                              \
    X(goes_out_of_use,                                                                                                                                                    \
      "{0} would go out of use, for {1} defines nothing any more: perigee plan shows it, "                                                                                \
      "perigee apply does it.",                                                                                                                                           \
      "{0} выйдет из употребления: {1} больше ничего не определяет; perigee plan покажет это, "                     \
      "perigee apply выполнит.")                                                                                                                                          \
    X(no_extension, "There is no plugin or script {0}.", "Нет плагина или скрипта {0}.")                                                                                  \
    X(script_name,                                                                                                                                                        \
      "{0} cannot be the name of a script: scripts/ and then small Latin letters, digits and _.",                                                                         \
      "{0} не может быть именем скрипта: scripts/, затем строчные латинские буквы, цифры и _.")                                                                           \
    X(script_stale, "{0} has saved this script since you began.",                                                                                                         \
      "{0} уже сохранил этот скрипт после того, как вы начали.")                                                                                                          \
    X(script_large, "A script made in the browser has at most {0} KB.",                                                                                                   \
      "Скрипт из браузера — не больше {0} КБ.")                                                                                                                           \
    X(no_made_script, "There is no script {0} that was made in the browser.",                                                                                             \
      "Нет скрипта {0}, сделанного в браузере.")                                                                                                                          \
    X(no_version, "No version {1} of {0} is kept.", "Версия {1} для {0} не сохранена.")                                                                                   \
    X(no_version_before, "No other version of {0} is kept.", "Другой версии {0} не сохранено.")                                                                           \
    X(of_installation,                                                                                                                                                    \
      "{0} belongs to the installation: only what lies in the data directory is written to.",                                                                             \
      "{0} относится к установке: изменяется только то, что лежит в каталоге данных.")                                                                                    \
    X(plugin_needs, "{0} needs {1}, which is not here.", "Для {0} нужен {1}, а его здесь нет.")                                                                           \
    X(plugin_needs_version, "{0} needs {1} {2} or later; here is {3}.",                                                                                                   \
      "Для {0} нужен {1} версии {2} или новее, а здесь {3}.")                                                                                                             \
    X(plugin_disabled, "{0} is switched off.", "{0} выключен.")                                                                                                           \
    X(plugin_other, "This is the plugin {1}, not {0}.", "Это плагин {1}, а не {0}.")                                                                                      \
    X(plugin_is_there, "{0} is installed already, version {1}: upgrade it.",                                                                                              \
      "{0} уже установлен, версия {1}: обновите его.")                                                                                                                    \
    X(plugin_older, "{0} {2} is older than the version {1} that is installed.",                                                                                           \
      "{0} {2} старше установленной версии {1}.")                                                                                                                         \
    X(plugin_not_ours, "{0} belongs to the installation: it can be disabled, not removed.",                                                                               \
      "{0} относится к установке: его можно выключить, но не удалить.")                                                                                                   \
    X(plugin_breaks, "{0} would be left out: {1}", "Без него не обойдётся {0}: {1}")                                                                                      \
    X(plugin_migration, "The migration {1} of {0} failed: {2}",                                                                                                           \
      "Миграция {1} плагина {0} не удалась: {2}")                                                                                                                         \
    X(plugin_endless, "A migration answers \"more\" without end.",                                                                                                        \
      "Миграция без конца отвечает «more».")                                                                                                                              \
    X(plugin_fate, "records must be keep or delete.", "records: нужно keep или delete.")                                                                                  \
    X(package_name, "The package holds a name that is not allowed: {0}.",                                                                                                 \
      "В пакете недопустимое имя: {0}.")                                                                                                                                  \
    X(package_link, "The package holds {0}, which is no plain file.",                                                                                                     \
      "В пакете {0} — не обычный файл.")                                                                                                                                  \
    X(package_large, "The package is too large: more than {0}.",                                                                                                          \
      "Пакет слишком велик: больше {0}.")                                                                                                                                 \
    X(package_kind, "A package is a folder, a zip or a tar.gz.",                                                                                                          \
      "Пакет — это папка, zip или tar.gz.")                                                                                                                               \
    X(package_damaged, "The archive is damaged.", "Архив повреждён.")                                                                                                     \
    X(package_manifest,                                                                                                                                                   \
      "The package holds no manifest.lua, neither at its top nor in its only folder.",                                                                                    \
      "В пакете нет manifest.lua — ни наверху, ни в единственной папке.")                                                                                                 \
    X(test_what, "{0} is neither the folder of a plugin nor a Lua file.",                                                                                                 \
      "{0} — ни папка плагина, ни файл Lua.")                                                                                                                             \
    X(register_late, "{0} can register only while it is initialised.",                                                                                                    \
      "{0} может регистрировать только во время инициализации.")                                                                                                          \
    X(register_incomplete, "What {0} registers lacks {1}.",                                                                                                               \
      "В том, что регистрирует {0}, не хватает {1}.")                                                                                                                     \
    X(register_twice, "{0} is registered already, by {1}.", "{0} уже зарегистрирован: {1}.")                                                                              \
    X(path_outside, "{0} is not a path inside the folder of the module.",                                                                                                 \
      "{0} — не путь внутри папки модуля.")                                                                                                                               \
    X(not_open, "The database is not open yet.", "База данных ещё не открыта.")                                                                                           \
    X(file_missing, "There is no such file.", "Такого файла нет.")                                                                                                        \
    X(no_such_entity, "There is no such entity.", "Такой сущности нет.")                                                                                                  \
    X(no_such_record, "There is no such record.", "Такой записи нет.")                                                                                                    \
    X(no_such_job, "There is no such job.", "Такого задания нет.")                                                                                                        \
    X(commit_twice, "The changeset has been committed already.", "Изменения уже записаны.")                                                                               \
    X(state_large, "The value has {0} bytes; {1} are allowed.",                                                                                                           \
      "В значении {0} байт; разрешено {1}.")                                                                                                                              \
    X(output_gone, "Nobody reads the output any more.", "Вывод больше никто не читает.")                                                                                  \
    X(file_failed, "The file cannot be read or written.", "Файл не читается или не пишется.")                                                                             \
    X(pipe_rewind, "A pipe can be read only once; give a file.",                                                                                                          \
      "Поток читается только раз; укажите файл.")                                                                                                                         \
    X(no_such_view, "There is no such view.", "Такого вида нет.")                                                                                                         \
    X(drawing_failed, "The view could not be drawn: {0}", "Вид не удалось нарисовать: {0}")                                                                               \
    X(parameters_object, "parameters must be an object.", "parameters: нужен объект.")                                                                                    \
    X(client_large, "{0} is larger than {1}: nothing of this owner is shown in the browser.",                                                                             \
      "{0} больше {1}: в браузере ничего от этого владельца не показано.")                                                                                                \
    X(client_many, "The folder ui/ holds more than 100 files ({0}).",                                                                                                     \
      "В папке ui/ больше 100 файлов ({0}).")                                                                                                                             \
    X(client_unreadable, "{0} is missing from the folder ui/ or cannot be read.",                                                                                         \
      "{0}: нет в папке ui/ или не читается.")                                                                                                                            \
    X(field_needed, "{0} is needed.", "Нужно поле {0}.")                                                                                                                  \
    X(field_text, "{0} must be a text.", "{0} должно быть текстом.")                                                                                                      \
    X(other_origin, "This request comes from another site.",                                                                                                              \
      "Этот запрос пришёл с другого сайта.")                                                                                                                              \
    X(users_permission, "Only who may manage users can do this for others.",                                                                                              \
      "Делать это для других может только тот, кто управляет пользователями.")

#define MODULE_TEXT(name, en, ru) ERR_TEXT_ITEM_(module_, name, en, ru)
MODULE_TEXTS(MODULE_TEXT)
#undef MODULE_TEXT

#endif
