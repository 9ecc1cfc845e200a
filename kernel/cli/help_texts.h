/* What the commands of the kernel say about themselves, in Russian: pairs of the text that stands
 * at the command and its translation. A test finds the ones that are missing. */
#ifndef CLI_HELP_TEXTS_H
#define CLI_HELP_TEXTS_H

#define CLI_HELP_TEXTS(X)                                                                                                                                                      \
    X("the folder of a plugin, or the file of a script", "папка плагина или файл скрипта")                                                                                     \
    X("Runs the Lua tests of a plugin or script", "Выполняет тесты плагина или скрипта на Lua")                                                                                \
    X("They run in a database of their own in memory that is gone afterwards; no data directory "                                                                              \
      "is touched. Of a plugin the files of tests/, of NAME.lua those of NAME_test.lua.",                                                                                      \
      "Они идут в собственной базе в памяти, которой потом нет; никакой каталог данных не "                 \
      "затрагивается. У плагина — файлы tests/, у NAME.lua — NAME_test.lua.")                                                                                                  \
    X("small Latin letters, digits and _", "строчные латинские буквы, цифры и _")                                                                                              \
    X("Makes the folder of a plugin whose tests pass",                                                                                                                         \
      "Создаёт папку плагина, тесты которого проходят")                                                                                                                        \
    X("Makes a script and its tests, which pass", "Создаёт скрипт и его тесты, которые проходят")                                                                              \
    X("a folder, a zip or a tar.gz", "папка, zip или tar.gz")                                                                                                                  \
    X("of the plugin", "плагина")                                                                                                                                              \
    X("only show the plan", "только показать план")                                                                                                                            \
    X("what becomes of its records and fields", "что станет с его записями и полями")                                                                                          \
    X("Installs a plugin from a folder or an archive", "Устанавливает плагин из папки или архива")                                                                             \
    X("Shows the plan, then copies the plugin into the data directory and takes it into use. Who "                                                                             \
      "installs a plugin trusts it: it may do what the server may.",                                                                                                           \
      "Показывает план, затем копирует плагин в каталог данных и вводит в действие. Кто "                    \
      "устанавливает плагин, доверяет ему: плагину можно всё, что можно серверу.")                                                                                             \
    X("Brings a plugin up to a newer version", "Обновляет плагин до более новой версии")                                                                                       \
    X("Its migrations run once each, in the order of their names. One that fails stops the rest; "                                                                             \
      "without SOURCE the command goes on with what is left.",                                                                                                                 \
      "Его миграции выполняются по одному разу, по порядку имён. Неудача останавливает "                    \
      "остальные; без SOURCE команда продолжает с оставшегося.")                                                                                                               \
    X("Takes a plugin back into use", "Возвращает плагин в употребление")                                                                                                      \
    X("Takes a plugin out of use; its data waits until it is enabled",                                                                                                         \
      "Выводит плагин из употребления; его данные ждут, пока его не включат")                                                                                                  \
    X("Removes a plugin, with or without its data", "Удаляет плагин, с данными или без них")                                                                                   \
    X("--records keep leaves records and fields waiting for the plugin to come back; --records "                                                                               \
      "delete "                                                                                                                                                                \
      "takes them away for ever, also out of the log.",                                                                                                                        \
      "--records keep оставляет записи и поля ждать возвращения плагина; --records delete "                                         \
      "убирает их "                                                                                                                                                   \
      "навсегда, в том числе из журнала.")                                                                                                                                     \
                                                                                                                                                                               \
    X("Loads plugins and scripts anew, without a restart",                                                                                                                     \
      "Загружает плагины и скрипты заново, без перезапуска")                                                                                                                   \
    X("fail when this one is not in force as it lies there",                                                                                                                   \
      "ошибка, если именно он не вступил в силу в нынешнем виде")                                                                                                              \
    X("What lies in the folders takes the place of what runs, between calls. A version that does "                                                                             \
      "not load or fit leaves the one before in force. A server does so by itself when files of "                                                                              \
      "its data directory change.",                                                                                                                                            \
      "То, что лежит в папках, сменяет работающее между вызовами. Версия, которая не загружается "    \
      "или не подходит, оставляет в силе прежнюю. Сервер делает это сам, когда меняются файлы "          \
      "его каталога данных.")                                                                                                                                                  \
    X("Lists the versions of a plugin or script that were in force, the newest first",                                                                                         \
      "Перечисляет версии плагина или скрипта, бывшие в силе, начиная с новейшей")                                                                                             \
    X("Returns a plugin or script to a version that was in force",                                                                                                             \
      "Возвращает плагин или скрипт к версии, бывшей в силе")                                                                                                                  \
    X("as script versions shows it; without it the one before",                                                                                                                \
      "как её показывает script versions; без неё — предыдущая")                                                                                                               \
                                                                                                                                                                               \
    X("what the change is for", "для чего изменение")                                                                                                                          \
    X("as schema changes says it", "как его называет schema changes")                                                                                                          \
    X("why", "почему")                                                                                                                                                         \
    X("Lists changes of definitions that wait for approval",                                                                                                                   \
      "Перечисляет изменения определений, ждущие одобрения")                                                                                                                   \
    X("They wait where the company setting approve_definitions is on. Those that "                                                                                             \
      "were decided follow, with who decided and why.",                                                                                                                        \
      "Они ждут, если включена настройка компании approve_definitions. Следом идут те, о которых "                     \
      "решено, — кем и почему.")                                                                                                                                               \
    X("Puts another administrator's change into force",                                                                                                                        \
      "Вводит в действие изменение другого администратора")                                                                                                                    \
    X("Refuses a change, or takes one's own back", "Отклоняет изменение или отзывает своё")                                                                                    \
    X("fields that a module has changed, as you have: yours is right",                                                                                                         \
      "поля, которые изменил и модуль, и вы: верно ваше")                                                                                                                      \
    X("the same: the module is right", "то же: прав модуль")                                                                                                                   \
    X("stages, values and pipelines to remove, with where their records go: "                                                                                                  \
      "project/Sales/Open=Won,industry/trade=retail,...",                                                                                                                      \
      "какие стадии, значения и воронки удалить и куда перевести их записи: "                                          \
      "project/Sales/Open=Won,industry/trade=retail,...")                                                                                                                      \
    X("values to remove that stay in records as texts: industry/trade,...",                                                                                                    \
      "какие значения удалить, оставив в записях их текст: industry/trade,...")                                                                                                \
    X("definitions made elsewhere, see schema export: taken as made here",                                                                                                     \
      "определения, сделанные в другом месте (см. schema export): берутся как сделанные здесь")                                                                                \
    X("Lua, as in the entities folder of a plugin. Another server takes it by \"perigee apply "                                                                                \
      "FILE\".",                                                                                                                                                               \
      "Lua, как в папке entities плагина. Другой сервер берёт его командой \"perigee apply "                                       \
      "FILE\".")                                                                                                                                                               \
    X("Prints the interface for modules as JSON", "Печатает интерфейс для модулей как JSON")                                                                                   \
    X("the archive to make; there must be none",                                                                                                                               \
      "создаваемый архив; такого файла ещё не должно быть")                                                                                                                    \
    X("Writes everything into one archive, while work goes on",                                                                                                                \
      "Сохраняет всё в один архив, не останавливая работу")                                                                                                                    \
    X("The archive holds the database as it is at this moment, the contents of files and a "                                                                                   \
      "manifest with digests. It is read back before it gets its name. \"tar tzf FILE\" lists "                                                                                \
      "it; \"perigee restore\" makes a Perigee of it, on either engine. Sessions are left out: "                                                                               \
      "people sign in again.",                                                                                                                                                 \
      "В архиве — база данных на этот момент, содержимое файлов и опись с контрольными суммами. "     \
      "Прежде чем архив получит имя, он прочитывается заново. \"tar tzf ФАЙЛ\" показывает его "                  \
      "содержимое; \"perigee restore\" разворачивает его на любой СУБД. Сеансы не сохраняются: "                       \
      "людям придётся войти снова.")                                                                                                                                           \
    X("make search indexes anew that are wrong, beside other work",                                                                                                            \
      "построить заново неверные поисковые индексы, не останавливая работу")                                                                                                   \
    X("Checks the data against the log", "Сверяет данные с журналом")                                                                                                          \
    X("Integrity of the database, records against their log, the chain of digests, roll-ups, "                                                                                 \
      "counts and search indexes.",                                                                                                                                            \
      "Целостность базы данных, записи против журнала, цепочка контрольных сумм, сводные поля, "      \
      "количества и поисковые индексы.")                                                                                                                                       \
    X("a PostgreSQL database (URI), or a new data directory for SQLite (absolute path)",                                                                                       \
      "база PostgreSQL (URI) или новый каталог данных для SQLite (полный путь)")                                                                                               \
    X("with a URI: a new data directory for it (absolute path), with the files",                                                                                               \
      "при URI: новый каталог данных для неё (полный путь), вместе с файлами")                                                                                                 \
    X("Copies everything into another, empty database on either engine",                                                                                                       \
      "Копирует всё в другую, пустую базу данных на любой СУБД")                                                                                                               \
    X("The place must be empty. Without --to-data the files stay where they are: serve with the "                                                                              \
      "same --data and --database URI, once nobody works with the old one. In the copy outbound "                                                                              \
      "jobs wait until \"perigee jobs release\". A copy that was cut off is begun again by the "                                                                               \
      "same command.",                                                                                                                                                         \
      "Место должно быть пустым. Без --to-data файлы остаются на месте: когда со старой базой "                  \
      "никто не работает, запустите сервер с тем же --data и --database URI. Исходящие задания "                          \
      "копии ждут команды \"perigee jobs release\". Прерванное копирование начинается заново той "                     \
      "же командой.")                                                                                                                                                          \
    X("of which entity", "какой сущности")                                                                                                                                     \
    X("of the record", "какой записи")                                                                                                                                         \
    X("\"name,organization.name\"; all without it", "\"name,organization.name\"; без него — все")                                                                              \
    X("Shows a record", "Показывает запись")                                                                                                                                   \
    X("base currency of the company, fixed once money is stored (USD)",                                                                                                        \
      "основная валюта компании, неизменна после первой суммы (USD)")                                                                                                          \
    X("time zone of the company (UTC)", "часовой пояс компании (UTC)")                                                                                                         \
    X("language of the company: en or ru (en)", "язык компании: en или ru (en)")                                                                                               \
    X("Makes a new data directory and database", "Создаёт новый каталог данных и базу")                                                                                        \
    X("Prints the link by which the first administrator chooses a login and a password. No "                                                                                   \
      "business record is made.\nWith --database the URI is recorded in DIR/perigee.conf.",                                                                                    \
      "Печатает ссылку, по которой первый администратор выбирает логин и пароль. Деловых записей " \
      "не создаёт.\nС --database URI запоминается в DIR/perigee.conf.")                                                                                                        \
    X("Lets outbound jobs run that a restore has held",                                                                                                                        \
      "Разрешает исходящие задания, задержанные восстановлением")                                                                                                              \
    X("Lists the processes that serve this database",                                                                                                                          \
      "Перечисляет процессы, обслуживающие эту базу данных")                                                                                                                   \
    X("what to list", "что перечислить")                                                                                                                                       \
    X("a condition: \"amount > 1000 and owner == me()\"",                                                                                                                      \
      "условие: \"amount > 1000 and owner == me()\"")                                                                                                                          \
    X("full text within the entity", "поиск по тексту внутри сущности")                                                                                                        \
    X("rows at most, to 1000 (50)", "не больше стольких строк, до 1000 (50)")                                                                                                  \
    X("\"next\" of the page before", "\"next\" предыдущей страницы")                                                                                                           \
    X("count them", "посчитать их")                                                                                                                                            \
    X("what is in the trash", "что лежит в корзине")                                                                                                                           \
    X("Lists records", "Перечисляет записи")                                                                                                                                   \
    X("Lists plugins and scripts, and why one was left out",                                                                                                                   \
      "Перечисляет плагины и скрипты и говорит, почему какой-то не загружен")                                                                                                  \
    X("They are looked for in the installation and in the data directory; of two with one name "                                                                               \
      "that of the data directory counts.",                                                                                                                                    \
      "Они ищутся в установке и в каталоге данных; из двух одноимённых "                                                   \
      "действует тот, что в каталоге данных.")                                                                                                                                 \
    X("as the body of POST query", "как тело POST query")                                                                                                                      \
    X("Groups and measures", "Группирует и считает")                                                                                                                           \
    X("an archive made by \"perigee backup\"", "архив, созданный командой \"perigee backup\"")                                                                                 \
    X("as it was at that moment before the backup: 2026-11-21T18:26:00Z",                                                                                                      \
      "каким всё было в этот момент до копии: 2026-11-21T18:26:00Z")                                                                                                           \
    X("Makes a new data directory and database of a backup",                                                                                                                   \
      "Разворачивает резервную копию в новый каталог данных и базу")                                                                                                           \
    X("--data names the new data directory; with --database the rows go into that empty "                                                                                      \
      "PostgreSQL database, whatever engine the backup came from. The archive is verified first. "                                                                             \
      "Outbound jobs (mail, web hooks) wait until \"perigee jobs release\". A restore that was "                                                                               \
      "cut off is begun again by the same command. With --at the records are taken back to that "                                                                              \
      "moment by the log in the backup, and what came later is not in the new database; "                                                                                      \
      "definitions, passwords and numbers that were given out stay those of the backup.",                                                                                      \
      "--data называет новый каталог данных; с --database записи попадают в эту пустую базу "                           \
      "PostgreSQL, с какой бы СУБД ни была копия. Архив сначала проверяется. Исходящие задания "                 \
      "(почта, веб-хуки) ждут команды \"perigee jobs release\". Прерванное восстановление "                                     \
      "начинается заново той же командой. С --at записи возвращаются к этому моменту по журналу "        \
      "из копии, и более позднего в новой базе нет; определения, пароли и выданные номера "                  \
      "остаются как в копии.")                                                                                                                                                 \
    X("entities and fields to take out of use: organization.industry,...",                                                                                                     \
      "сущности и поля, которые убрать из работы: organization.industry,...")                                                                                                  \
    X("the same for ever: their values go", "то же навсегда: вместе со значениями")                                                                                            \
    X("lose values that do not convert", "терять значения, которые не преобразуются")                                                                                          \
    X("what was done, runs and waits", "что сделано, идёт и ждёт")                                                                                                             \
    X("Shows what the definitions would change in the database",                                                                                                               \
      "Показывает, что определения изменили бы в базе данных")                                                                                                                 \
    X("What cannot be done is listed as refused, with the reason; what takes something away is "                                                                               \
      "done only when it is asked for by name.",                                                                                                                               \
      "Невыполнимое указано как отказ с причиной; то, что что-либо убирает, делается только по "        \
      "явной просьбе.")                                                                                                                                                        \
    X("Makes the database as the definitions say", "Приводит базу данных к определениям")                                                                                      \
    X("Writes the definitions that people made as a definition file",                                                                                                          \
      "Записывает сделанные людьми определения файлом")                                                                                                                        \
    X("Lua, as in the entities folder of a plugin: put there, it is in force on another server.",                                                                              \
      "Lua, как в папке entities плагина: положенный туда файл действует на другом сервере.")                                                                                  \
    X("Lua texts", "тексты на Lua")                                                                                                                                            \
    X("where it runs", "где выполнять")                                                                                                                                        \
    X("processor time (1000)", "процессорное время (1000)")                                                                                                                    \
    X("memory (64)", "память (64)")                                                                                                                                            \
    X("Lists the handlers of all scripts", "Перечисляет обработчики всех скриптов")                                                                                            \
    X("Checks definition files, with file and line",                                                                                                                           \
      "Проверяет файлы определений, называя файл и строку")                                                                                                                    \
    X("Runs scripts for the server, which starts it itself",                                                                                                                   \
      "Выполняет скрипты для сервера, который сам его и запускает")                                                                                                            \
    X("Runs scripts, one after the other", "Выполняет скрипты один за другим")                                                                                                 \
    X("Ends with a line per file: {\"outcome\":\"ok\" or \"error\" or \"time\" or "                                                                                            \
      "\"memory\" or \"crash\",\"value\":...,\"message\":...,\"cpu_ms\":...,\"wall_ms\":...}.",                                                                                \
      "В конце — по строке на файл: {\"outcome\":\"ok\" или \"error\" или \"time\" или "                                                        \
      "\"memory\" or \"crash\",\"value\":...,\"message\":...,\"cpu_ms\":...,\"wall_ms\":...}.")                                                                                \
    X("Lists what scripts have run, the newest first",                                                                                                                         \
      "Перечисляет запуски скриптов, новые первыми")                                                                                                                           \
    X("one, with its effects", "один, с его действиями")                                                                                                                       \
    X("a plugin, \"scripts/NAME\", or the whole name of a handler",                                                                                                            \
      "расширение, \"scripts/ИМЯ\" или полное имя обработчика")                                                                                                                \
    X("how they stand", "в каком они состоянии")                                                                                                                               \
    X("its id, as mail list shows it", "его номер, как в mail list")                                                                                                           \
    X("Lists outbound mails, the newest first", "Показывает исходящие письма, сначала новые")                                                                                  \
    X("Shows one with its texts", "Показывает письмо с текстом")                                                                                                               \
    X("Sends one now that failed, was cancelled or waits for its next attempt",                                                                                                \
      "Отправляет сейчас письмо, которое не ушло, отменено или ждёт попытки")                                                                                                  \
    X("Cancels one that waits", "Отменяет письмо, которое ждёт")                                                                                                               \
    X("how they ended", "чем закончились")                                                                                                                                     \
    X("which wrote it", "чья запись")                                                                                                                                          \
    X("started then or later: 2026-11-22T08:00:00Z",                                                                                                                           \
      "начаты тогда или позже: 2026-11-22T08:00:00Z")                                                                                                                          \
    X("started before", "начаты раньше")                                                                                                                                       \
    X("Who or which script, version and line made a field what it is",                                                                                                         \
      "Кто или какой скрипт, версия и строка сделали поле таким")                                                                                                              \
    X("its field", "её поле")                                                                                                                                                  \
    X("Runs a failed one again, now and from its first attempt",                                                                                                               \
      "Повторяет неудачный запуск сейчас, с первой попытки")                                                                                                                   \
    X("its id, as script runs shows it", "номер, как его показывает script runs")                                                                                              \
    X("Stops a script's handlers and cancels what waits or runs of it",                                                                                                        \
      "Останавливает обработчики скрипта и отменяет его ожидающие и идущие задания")                                                                                           \
    X("a plugin, or \"scripts/NAME\"", "расширение или \"scripts/ИМЯ\"")                                                                                                       \
    X("Lists the webhooks that scripts declare, and why one does not answer",                                                                                                  \
      "Перечисляет вебхуки скриптов и почему какой-то не отвечает")                                                                                                            \
    X("of the webhook", "имя вебхука")                                                                                                                                         \
    X("whose rights its runs have", "чьи права у его запусков")                                                                                                                \
    X("for how long the one before counts beside it, to 720 (24)",                                                                                                             \
      "сколько часов прежний действует рядом с новым, до 720 (24)")                                                                                                            \
    X("take the secret from standard input; without it one is made and printed",                                                                                               \
      "взять секрет из стандартного ввода; без этого он создаётся и печатается")                                                                                               \
    X("Gives a webhook's runs the rights of a user", "Даёт запускам вебхука права пользователя")                                                                               \
    X("Makes or takes another secret for a webhook",                                                                                                                           \
      "Создаёт или принимает другой секрет для вебхука")                                                                                                                       \
    X("this webhook, with the body of --body", "этот вебхук, с телом из --body")                                                                                               \
    X("what is posted to the webhook", "что приходит в вебхук")                                                                                                                \
    X("Lets it run again", "Позволяет ему снова выполняться")                                                                                                                  \
    X("handlers, on this record: as if it were saved, and what they would hear of it last",                                                                                    \
      "обработчики на этой записи: как если бы её сохранили, и последнее, что они о ней услышали "      \
      "бы")                                                                                                                                                                    \
    X("with what the record is saved", "с чем сохраняется запись")                                                                                                             \
    X("handlers, on this changeset of the log", "обработчики на этом изменении журнала")                                                                                       \
    X("handlers, on all events of a period: 2026-11-22T08:00:00Z",                                                                                                             \
      "обработчики на всех событиях периода: 2026-11-22T08:00:00Z")                                                                                                            \
    X("its end", "его конец")                                                                                                                                                  \
    X("this action, on the record", "это действие, на записи")                                                                                                                 \
    X("whose place FILE takes, or without FILE what is tried; alone: its schedules",                                                                                           \
      "чьё место занимает FILE, или без FILE что проверять; без остального — его расписания")                                                                                  \
    X("FILE with the version in force: what differs",                                                                                                                          \
      "FILE с действующей версией: что различается")                                                                                                                           \
    X("Tells what a script would have done in a period",                                                                                                                       \
      "Говорит, что скрипт сделал бы за период")                                                                                                                               \
    X("whose place FILE takes, or without FILE what is replayed",                                                                                                              \
      "чьё место занимает FILE, или без FILE что повторять")                                                                                                                   \
    X("from here on (the beginning): 2026-11-22T08:00:00Z",                                                                                                                    \
      "с этого времени (с начала): 2026-11-22T08:00:00Z")                                                                                                                      \
    X("Tells what scripts would write", "Говорит, что скрипты записали бы")                                                                                                    \
    X("words or beginnings of words", "слова или начала слов")                                                                                                                 \
    X("only these, comma-separated", "только эти, через запятую")                                                                                                              \
    X("hits at most (50)", "не больше стольких результатов (50)")                                                                                                              \
    X("Searches across entities", "Ищет по всем сущностям")                                                                                                                    \
    X("where to listen (127.0.0.1:8080); port 0 takes any free one",                                                                                                           \
      "где слушать (127.0.0.1:8080); порт 0 — любой свободный")                                                                                                                \
    X("how people reach it; https makes cookies Secure",                                                                                                                       \
      "адрес для людей; с https куки получают признак Secure")                                                                                                                 \
    X("Runs the server", "Запускает сервер")                                                                                                                                   \
    X("Says READY with its address when requests are answered. SIGTERM or ctrl-C end it in "                                                                                   \
      "order: no new requests,\nthose at work are finished, the last writes are committed. Other "                                                                             \
      "commands run inside it meanwhile.",                                                                                                                                     \
      "Печатает READY и адрес, когда готов отвечать. SIGTERM или ctrl-C завершают его по "                                    \
      "порядку: новых запросов нет,\nначатые заканчиваются, последние записи сохраняются. Другие "  \
      "команды тем временем выполняются внутри него.")                                                                                                                         \
    X("of the record, or \"new\"", "какой записи, или \"new\"")                                                                                                                \
    X("values as texts; lists with commas; nothing empties",                                                                                                                   \
      "значения текстом; списки через запятую; пусто — очистить")                                                                                                              \
    X("a record object as in REST", "запись объектом, как в REST")                                                                                                             \
    X("check without writing", "проверить, не записывая")                                                                                                                      \
    X("Creates or changes a record", "Создаёт или меняет запись")                                                                                                              \
    X("Lists all settings, with values and where they come from",                                                                                                              \
      "Перечисляет все настройки со значениями и источниками")                                                                                                                 \
    X("Settings are read from DIR/perigee.conf (key = value) and from PERIGEE_KEY in the "                                                                                     \
      "environment, which wins.\nWhat the company is like - currency, zone, language - are "                                                                                   \
      "records: see /api/v1/settings.",                                                                                                                                        \
      "Настройки читаются из DIR/perigee.conf (ключ = значение) и из переменных PERIGEE_КЛЮЧ, "                                \
      "которые важнее.\nСама компания — валюта, пояс, язык — это записи: см. /api/v1/settings.")                                                                               \
    X("whose", "чей")                                                                                                                                                          \
    X("what it is for", "для чего он")                                                                                                                                         \
    X("Makes a token for programs; the last line",                                                                                                                             \
      "Создаёт токен для программ; он в последней строке")                                                                                                                     \
    X("its id, as GET changesets or an import says it",                                                                                                                        \
      "его номер из GET changesets или из ответа импорта")                                                                                                                     \
    X("Takes a changeset back", "Отменяет набор изменений")                                                                                                                    \
    X("What was changed again since stays and is listed as a conflict. Undoing an import undoes "                                                                              \
      "all of it.",                                                                                                                                                            \
      "Изменённое с тех пор остаётся и перечислено как расхождения. Отмена импорта отменяет его "   \
      "весь.")                                                                                                                                                                 \
    X("Brings the database up to this program, after keeping a copy of it",                                                                                                    \
      "Обновляет базу данных до этой программы, сохранив её копию")                                                                                                            \
    X("The copy is a backup, DIR/copies/version-N.backup. The way back: stop every server "                                                                                    \
      "of this database, then \"upgrade --back\" keeps a copy of what there is now, puts "                                                                                     \
      "the older one in its place, on PostgreSQL too, and the program that wrote it "                                                                                          \
      "serves it again; it makes the search anew at its first start. What was written "                                                                                        \
      "since the upgrade is only in the newer copy. Any other start of a newer program "                                                                                       \
      "brings the database up by itself.",                                                                                                                                     \
      "Копия — резервная, DIR/copies/version-N.backup. Дорога назад: остановите все серверы этой "                          \
      "базы; \"upgrade --back\" сохранит копию того, что есть, поставит старую на её место, в "                            \
      "PostgreSQL тоже, и её снова обслуживает та программа, что её записала; поиск она построит "              \
      "заново при первом запуске. Записанное после обновления останется только в новой копии. "       \
      "Любой другой запуск новой программы обновляет базу сам.")                                                                                                               \
    X("put the copy that the last upgrade kept in the place of the database",                                                                                                  \
      "поставить на место базы копию, сохранённую последним обновлением")                                                                                                      \
    X("with --back: lose what was written since the upgrade",                                                                                                                  \
      "с --back: потерять записанное после обновления")                                                                                                                        \
    X("what the person signs in with", "с чем человек входит")                                                                                                                 \
    X("how others see them", "как его видят другие")                                                                                                                           \
    X("their e-mail address", "его адрес почты")                                                                                                                               \
    X("their team; made when it is not there", "его команда; создаётся, если её нет")                                                                                          \
    X("their manager", "его руководитель")                                                                                                                                     \
    X("take the password from standard input; without it a one-time link is printed",                                                                                          \
      "взять пароль со стандартного ввода; без этого печатается одноразовая ссылка")                                                                                           \
    X("Sets a user's password, or makes a link to set one",                                                                                                                    \
      "Задаёт пароль пользователя или создаёт ссылку для этого")                                                                                                               \
    X("Every session of the user ends with a new password.",                                                                                                                   \
      "С новым паролем все сеансы пользователя заканчиваются.")                                                                                                                \
    X("Makes a user", "Создаёт пользователя")                                                                                                                                  \
    X("the data directory (PERIGEE_DATA, perigee-data)",                                                                                                                       \
      "каталог данных (PERIGEE_DATA, perigee-data)")                                                                                                                           \
    X("a PostgreSQL database instead of SQLite", "база PostgreSQL вместо SQLite")                                                                                              \
    X("act as this user, with their rights", "действовать как этот пользователь, с его правами")                                                                               \
    X("the last line of output is one JSON object", "последняя строка вывода — один объект JSON")                                                                              \
    X("this text", "эта справка")                                                                                                                                              \
    X("what to explain", "что объяснить")                                                                                                                                      \
    X("Explains the commands", "Объясняет команды")                                                                                                                            \
    X("Shows the version", "Показывает версию")                                                                                                                                \
    X("language of what is said: en or ru (LANG)", "язык сообщений: en или ru (LANG)")

#endif
