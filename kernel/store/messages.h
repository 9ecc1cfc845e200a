/* What the store says to people, in each language. See base/err.h for the form. */
#ifndef STORE_MESSAGES_H
#define STORE_MESSAGES_H

#include "base/err.h"

#define STORE_TEXTS(X)                                                                                                                                                   \
    X(database_missing, "There is no database in {0}. Make one with: perigee init.",                                                                                     \
      "В {0} нет базы данных. Создайте её командой: perigee init.")                                                                                                      \
    X(database_exists, "There is a database in {0} already.", "В {0} уже есть база данных.")                                                                             \
    X(database_unreadable, "The database in {0} cannot be opened.",                                                                                                      \
      "Не удаётся открыть базу данных в {0}.")                                                                                                                           \
    X(database_foreign, "The database in {0} is not one of Perigee.",                                                                                                    \
      "База данных в {0} создана не в Perigee.")                                                                                                                         \
    X(database_newer,                                                                                                                                                    \
      "The database has structure version {0}, this program knows up to {1}. Use a newer "                                                                               \
      "program.",                                                                                                                                                        \
      "Версия структуры базы данных {0}, программа знает до {1}. Нужна более новая программа.")                                                                          \
    X(database_encoding, "The database has the encoding {0}; it must be UTF8.",                                                                                          \
      "Кодировка базы данных {0}; нужна UTF8.")                                                                                                                          \
    X(database_old, "PostgreSQL {0} is too old; version 13 or newer is needed.",                                                                                         \
      "PostgreSQL {0} слишком стар; нужна версия 13 или новее.")                                                                                                         \
    X(node_taken,                                                                                                                                                        \
      "Another process is node {0} of this database. Give this one another number (setting node) "                                                                       \
      "or leave it to the program.",                                                                                                                                     \
      "Узлом {0} этой базы данных уже работает другой процесс. Дайте этому другой номер "                \
      "(настройка node) или предоставьте выбор программе.")                                                                                                              \
    X(nodes_living,                                                                                                                                                      \
      "Other processes work with this database: nodes {0}. Stop them there first, then call this "                                                                       \
      "command again.",                                                                                                                                                  \
      "С этой базой данных работают другие процессы: узлы {0}. Сначала остановите их там, затем "   \
      "повторите команду.")                                                                                                                                              \
    X(place_filled,                                                                                                                                                      \
      "Another restore or copy is filling this database. Wait for its end, or stop it, then call "                                                                       \
      "this command again.",                                                                                                                                             \
      "Эту базу данных сейчас заполняет другое восстановление или копирование. Дождитесь его " \
      "конца "                                                                                                                                                      \
      "или остановите его, затем повторите команду.")                                                                                                                    \
    X(nodes_older,                                                                                                                                                       \
      "Other nodes serve this database with an older program, which cannot go on once the "                                                                              \
      "database is brought up. Stop them all first, then start this program.",                                                                                           \
      "Эту базу данных обслуживают другие узлы с более старой программой, которая не сможет "     \
      "работать после обновления базы. Сначала остановите их все, затем запустите эту программу.")                                                                       \
    X(blobs_foreign,                                                                                                                                                     \
      "{0}/blobs is not the folder of files that the nodes of this database share: its mark is "                                                                         \
      "missing. Mount or link the shared folder there. Is it the right one and only the mark was "                                                                       \
      "lost: put a file .shared with the text {1} into it.",                                                                                                             \
      "{0}/blobs — не та папка файлов, которую делят узлы этой базы данных: в ней нет метки. "                \
      "Подключите туда общую папку или поставьте на неё ссылку. Если папка та самая и потеряна " \
      "только метка, положите в неё файл .shared с текстом {1}.")                                                                                                        \
    X(schema_locked, "Another node is changing the schema. Try again shortly.",                                                                                          \
      "Схему сейчас меняет другой узел. Повторите чуть позже.")                                                                                                          \
    X(unavailable, "The database cannot be reached at the moment. Try again shortly.",                                                                                   \
      "База данных сейчас недоступна. Повторите чуть позже.")                                                                                                            \
    X(disk_full, "The disk of the database is full.", "На диске базы данных нет места.")                                                                                 \
    X(io, "The disk of the database failed. The server has stopped writing.",                                                                                            \
      "Сбой диска базы данных. Сервер прекратил запись.")                                                                                                                \
    X(search_malformed,                                                                                                                                                  \
      "A search index is malformed. An administrator mends it with: perigee check --repair.",                                                                            \
      "Поисковый индекс повреждён. Администратор восстановит его командой: perigee check "                    \
      "--repair.")                                                                                                                                                       \
    X(timeout, "This took too long. Narrow the question down.",                                                                                                          \
      "Запрос занял слишком много времени. Сузьте его.")                                                                                                                 \
    X(cancelled, "This was stopped.", "Операция остановлена.")                                                                                                           \
    X(unique, "There is such a record already.", "Такая запись уже есть.")                                                                                               \
    X(range, "A number went out of range.", "Число вышло за допустимые пределы.")                                                                                        \
    X(query_too_large, "The query is too large.", "Запрос слишком велик.")                                                                                               \
    X(sort_too_many, "At most {0} sort terms are allowed; {1} were given.",                                                                                              \
      "Разрешено не больше {0} полей сортировки, указано {1}.")                                                                                                          \
    X(group_too_many, "At most {0} group terms are allowed; {1} were given.",                                                                                            \
      "Разрешено не больше {0} полей группировки, указано {1}.")                                                                                                         \
    X(measure_too_many, "At most {0} measures are allowed; {1} were given.",                                                                                             \
      "Разрешено не больше {0} показателей, указано {1}.")                                                                                                               \
    X(groups_too_many, "The result has more than {0} groups. Group by something coarser.",                                                                               \
      "В результате больше {0} групп. Группируйте крупнее.")                                                                                                             \
    X(cursor_wrong, "The cursor does not belong to this list. Start again without it.",                                                                                  \
      "Указатель страницы не от этого списка. Начните без него.")                                                                                                        \
    X(entity_forbidden, "You may not see records of {0}.", "У вас нет доступа к записям {0}.")                                                                           \
    X(search_too_short, "Type at least {0} characters to search.",                                                                                                       \
      "Для поиска введите хотя бы {0} символа.")                                                                                                                         \
    X(unsortable, "The list cannot be sorted by {0}.", "Список нельзя сортировать по {0}.")                                                                              \
    X(rollup_unsupported, "The figure {0} can be shown but not filtered, sorted or grouped by.",                                                                         \
      "Показатель {0} можно показать, но нельзя фильтровать, сортировать или группировать по "     \
      "нему.")                                                                                                                                                           \
    X(plan_refused, "The change cannot be applied: {0}.", "Изменение нельзя применить: {0}.")                                                                            \
    X(blob_missing, "The file's content is missing.", "Содержимое файла отсутствует.")                                                                                   \
    X(blob_damaged,                                                                                                                                                      \
      "The content of a file is not what was stored: {0}. Put the right one there, or take it "                                                                          \
      "away: perigee check tells which file it was.",                                                                                                                    \
      "Содержимое файла не то, что было сохранено: {0}. Положите туда верное или уберите его: "        \
      "perigee check покажет, чей это файл.")                                                                                                                            \
    X(backup_foreign, "This file is not a backup of Perigee.",                                                                                                           \
      "Этот файл — не резервная копия Perigee.")                                                                                                                         \
    X(backup_damaged, "The backup is damaged. Nothing was taken from it.",                                                                                               \
      "Резервная копия повреждена. Ничего из неё не взято.")                                                                                                             \
    X(backup_newer,                                                                                                                                                      \
      "The backup has format {0}, this program reads up to {1}. Use a newer program.",                                                                                   \
      "Формат резервной копии {0}, программа читает до {1}. Нужна более новая программа.")                                                                               \
    X(no_copy, "This database is not copied to be read.", "Эта база не копируется для чтения.")                                                                          \
    X(backup_write, "The backup could not be written: {0}.",                                                                                                             \
      "Не удалось записать резервную копию: {0}.")                                                                                                                       \
    X(backup_read, "The backup could not be read: {0}.",                                                                                                                 \
      "Не удалось прочитать резервную копию: {0}.")                                                                                                                      \
    X(restore_unfinished,                                                                                                                                                \
      "A restore into {0} was not finished. Run \"perigee restore\" again, or \"perigee upgrade "                                                                        \
      "--back\" where that was cut off.",                                                                                                                                \
      "Восстановление в {0} не закончено. Запустите «perigee restore» ещё раз или, если прервана "             \
      "она, "                                                                                                                                                         \
      "«perigee upgrade --back».")

#define STORE_TEXT(name, en, ru) ERR_TEXT_ITEM_(store_text_, name, en, ru)
STORE_TEXTS(STORE_TEXT)
#undef STORE_TEXT

#endif
