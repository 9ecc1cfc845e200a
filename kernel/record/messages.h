/* What writing and reading records say to people, in each language. See err.h for the form.
 *
 * One list for the whole folder; the code is the name. Field and entity stand in the error beside
 * the sentence, so a sentence need not repeat them. */
#ifndef RECORD_MESSAGES_H
#define RECORD_MESSAGES_H

#include "base/err.h"

/* Writing: the engine, prepare, apply, undo, check. */
#define RECORD_WRITE_TEXTS(X)                                                                                                                                          \
    X(not_found, "There is no such record.", "Такой записи нет.")                                                                                                      \
    X(action_forbidden, "Your role does not allow this: {0}.",                                                                                                         \
      "Ваша роль этого не позволяет: {0}.")                                                                                                                            \
    X(row_forbidden, "You may see this record but not do this with it: {0}.",                                                                                          \
      "Эту запись вам можно видеть, но это действие с ней не разрешено: {0}.")                                                                                         \
    X(row_after_forbidden, "After this change the record would no longer be one you may change.",                                                                      \
      "После такого изменения запись перестанет быть доступной вам для изменения.")                                                                                    \
    X(watched, "Who looks as another changes nothing.",                                                                                                                \
      "Кто смотрит глазами другого, ничего не меняет.")                                                                                                                \
    X(grant_beyond, "Only those who have the rights of this role may do this.",                                                                                        \
      "Это могут только те, у кого есть права этой роли.")                                                                                                             \
    X(field_forbidden, "You may not change this field.", "Это поле вам нельзя менять.")                                                                                \
    X(field_unknown, "There is no field {0}.", "Нет поля {0}.")                                                                                                        \
    X(field_read_only, "This field is set by the program and cannot be written.",                                                                                      \
      "Это поле заполняет программа, записать в него нельзя.")                                                                                                         \
    X(stale, "The record was changed meanwhile: its version is {0}, you sent {1}.",                                                                                    \
      "Запись тем временем изменили: её версия {0}, а прислана {1}.")                                                                                                  \
    X(plan_stale, "The data changed while this was being prepared. Please try again.",                                                                                 \
      "Данные изменились во время подготовки. Повторите, пожалуйста.")                                                                                                 \
    X(required, "This field must be filled in.", "Это поле нужно заполнить.")                                                                                          \
    X(required_in_stage, "This field must be filled in for the stage {0}.",                                                                                            \
      "Для стадии {0} это поле нужно заполнить.")                                                                                                                      \
    X(wrong_type, "A value of type {0} was expected, {1} was given.",                                                                                                  \
      "Ожидалось значение типа {0}, получено {1}.")                                                                                                                    \
    X(text_too_long, "At most {0} characters fit here; {1} were given.",                                                                                               \
      "Здесь помещается не больше {0} знаков, а прислано {1}.")                                                                                                        \
    X(text_invalid, "The text is not valid UTF-8 or holds a NUL character.",                                                                                           \
      "Текст не в кодировке UTF-8 или содержит символ NUL.")                                                                                                           \
    X(date_out_of_range, "The date must be between 0001-01-01 and 9999-12-31.",                                                                                        \
      "Дата должна быть между 0001-01-01 и 9999-12-31.")                                                                                                               \
    X(number_out_of_range, "The number is out of range.", "Число вне допустимых пределов.")                                                                            \
    X(currency_unknown, "There is no currency {0}; use an ISO 4217 code such as USD.",                                                                                 \
      "Нет валюты {0}; нужен код ISO 4217, например USD.")                                                                                                             \
    X(choice_unknown, "{0} is not in the list {1}.", "В списке {1} нет значения {0}.")                                                                                 \
    X(choice_similar, "{0} is not in the list {1}; did you mean {2}?",                                                                                                 \
      "В списке {1} нет значения {0}; возможно, имелось в виду {2}?")                                                                                                  \
    X(reference_missing, "The record {0} referred to does not exist or is not visible to you.",                                                                        \
      "Записи {0}, на которую ссылается поле, нет, или она вам не видна.")                                                                                             \
    X(reference_entity, "This field cannot refer to a record of that kind.",                                                                                           \
      "Это поле не может ссылаться на запись такого вида.")                                                                                                            \
    X(not_unique, "Another record has this value already; it must be unique.",                                                                                         \
      "Такое значение уже есть у другой записи; оно должно быть единственным.")                                                                                        \
    X(too_many_items, "At most {0} values fit here.", "Здесь помещается не больше {0} значений.")                                                                      \
    X(item_too_long, "A value of the list may have 1,000 characters, its label 100.",                                                                                  \
      "Значение в списке может иметь до 1000 знаков, его метка - до 100.")                                                                                             \
    X(items_not_many, "This field holds one value, not a list.",                                                                                                       \
      "Это поле хранит одно значение, а не список.")                                                                                                                   \
    X(items_expected, "This field holds a list.", "Это поле хранит список.")                                                                                           \
    X(child_foreign, "The record {0} does not belong to this one.",                                                                                                    \
      "Запись {0} не принадлежит этой записи.")                                                                                                                        \
    X(stage_of_other_pipeline, "The stage {0} belongs to another pipeline.",                                                                                           \
      "Стадия {0} относится к другой воронке.")                                                                                                                        \
    X(stage_move_not_allowed, "From the stage {0} a move to {1} is not allowed.",                                                                                      \
      "Со стадии {0} нельзя перейти на стадию {1}.")                                                                                                                   \
    X(in_use, "The record is in use: {0} of {1} refer to it.",                                                                                                         \
      "Запись используется: на неё ссылаются записи ({1}): {0}.")                                                                                                      \
    X(too_many_dependents, "More than {0} records depend on this one; do it in parts.",                                                                                \
      "От этой записи зависит больше {0} записей; сделайте это по частям.")                                                                                            \
    X(in_trash, "The record is in the trash; restore it first.",                                                                                                       \
      "Запись в корзине; сначала восстановите её.")                                                                                                                    \
    X(not_in_trash, "The record is not in the trash.", "Запись не в корзине.")                                                                                         \
    X(parent_in_trash, "The record it belongs to is in the trash; restore that one first.",                                                                            \
      "Запись, которой она принадлежит, в корзине; сначала восстановите её.")                                                                                          \
    X(series_missing, "There is no number series {0}.", "Нет серии номеров {0}.")                                                                                      \
    X(rule, "A rule refused this.", "Правило это запретило.")                                                                                                          \
    X(refused, "This was refused.", "Это отклонено.")                                                                                                                  \
    X(too_many_changes, "At most {0} records can be changed at once.",                                                                                                 \
      "За один раз можно изменить не больше {0} записей.")                                                                                                             \
    X(idempotency_key_reused, "This Idempotency-Key was used with another request.",                                                                                   \
      "Этот Idempotency-Key уже использован с другим запросом.")                                                                                                       \
    X(changeset_not_found, "There is no such changeset.", "Такого набора изменений нет.")                                                                              \
    X(already_undone, "This changeset was undone already.", "Этот набор изменений уже отменён.")                                                                       \
    X(undo_forbidden, "This cannot be undone by you: it changed records that you may not change.",                                                                     \
      "Отменить это вы не можете: здесь менялись записи, которые вам менять нельзя.")                                                                                  \
    X(stage_moves,                                                                                                                                                     \
      "Past moves are stated by an import: through stages of the record's pipeline, in the order "                                                                     \
      "of their times, none of them to come, ending in its stage.",                                                                                                    \
      "Прошлые переходы сообщает импорт: по стадиям воронки записи, по порядку времени, не из " \
      "будущего, последний — в её стадию.")                                                                                                                            \
    X(undo_hidden,                                                                                                                                                     \
      "It changed records of an entity that was taken out. Bring the entity back first.",                                                                              \
      "Здесь менялись записи сущности, которая убрана. Сначала верните сущность.")                                                                                     \
    X(log_begins_later, "The log does not reach back to that moment.",                                                                                                 \
      "Журнал не восходит к этому моменту.")                                                                                                                           \
    X(undo_erased, "What the record held was erased for good and cannot be brought back.",                                                                             \
      "Содержимое записи стёрто навсегда и не может быть возвращено.")                                                                                                 \
    X(writer_stopped, "Writing has stopped after a storage failure; the server is restarting.",                                                                        \
      "Запись остановлена из-за сбоя хранилища; сервер перезапускается.")                                                                                              \
    X(writer_busy, "Too much is waiting to be written. Please try again in a moment.",                                                                                 \
      "Слишком много записей ждёт очереди. Повторите через мгновение.")                                                                                                \
    X(shutting_down, "The server is shutting down.", "Сервер завершает работу.")                                                                                       \
    X(no_schema, "The definitions are not loaded yet.", "Определения ещё не загружены.")                                                                               \
    X(user_unknown, "There is no such active user.", "Такого действующего пользователя нет.")                                                                          \
    X(setting_invalid, "The setting {0} has an unusable value: {1}.",                                                                                                  \
      "У настройки {0} непригодное значение: {1}.")

/* Reading: lists, queries, JSON in and out, history. */
#define RECORD_READ_TEXTS(X)                                                                                                                                             \
    X(too_many_columns, "At most {0} columns can be asked for.",                                                                                                         \
      "Можно запросить не больше {0} столбцов.")                                                                                                                         \
    X(sort_path,                                                                                                                                                         \
      "{0} cannot be sorted by; use names of fields, such as amount or organization.name.",                                                                              \
      "По {0} нельзя сортировать; годятся имена полей, например amount или organization.name.")                                                                          \
    X(sort_many, "At most {0} sort keys are allowed.",                                                                                                                   \
      "Ключей сортировки может быть не больше {0}.")                                                                                                                     \
    X(limit_range, "limit must be a number from 1 to {0}.", "limit - это число от 1 до {0}.")                                                                            \
    X(cursor_bad, "This cursor is not one that a list has given.",                                                                                                       \
      "Такого курсора список не выдавал.")                                                                                                                               \
    X(count_word, "count is one of none, capped, exact; not {0}.",                                                                                                       \
      "count - одно из none, capped, exact; не {0}.")                                                                                                                    \
    X(query_key,                                                                                                                                                         \
      "A query has no key {0}; the keys are from, where, group, measures, sort, limit.",                                                                                 \
      "У запроса нет ключа {0}; есть from, where, group, measures, sort, limit.")                                                                                        \
    X(query_type, "{0} must be {1}.", "{0}: нужно {1}.")                                                                                                                 \
    X(query_nothing, "A query needs measures or group.", "Запросу нужны measures или group.")                                                                            \
    X(query_twice, "{0} stands twice; each key of the answer needs a name of its own.",                                                                                  \
      "{0} встречается дважды; у каждого ключа ответа должно быть своё имя.")                                                                                            \
    X(query_sort, "sort takes names of measures and texts of group; {0} is neither.",                                                                                    \
      "В sort стоят имена из measures и тексты из group; {0} - ни то, ни другое.")                                                                                       \
    X(query_list, "{0} is a list and cannot be grouped by.",                                                                                                             \
      "{0} - список, по нему нельзя группировать.")                                                                                                                      \
    X(query_many, "At most {0} of {1} are allowed.", "{1}: можно не больше {0}.")                                                                                        \
    X(entity_unknown, "There is no entity {0}.", "Нет сущности {0}.")                                                                                                    \
    X(where_of, "where needs entity: of which records it speaks.",                                                                                                       \
      "С where нужна entity: о каких записях речь.")                                                                                                                     \
    X(as_of_large,                                                                                                                                                       \
      "A list of the past is limited to entities of {0} records; single records can be read as "                                                                         \
      "of "                                                                                                                                                              \
      "any moment.",                                                                                                                                                     \
      "Список на момент в прошлом возможен для сущностей до {0} записей; отдельную запись можно " \
      "прочесть на любой момент.")                                                                                                                                       \
    X(as_of_search, "Search knows the present only; ask for the past with where.",                                                                                       \
      "Поиск знает только настоящее; о прошлом спрашивайте через where.")                                                                                                \
    X(as_of_later, "The moment must not lie in the future.", "Момент не может быть в будущем.")                                                                          \
    X(object_expected, "A JSON object with the fields of the record was expected.",                                                                                      \
      "Нужен объект JSON с полями записи.")                                                                                                                              \
    X(reference_form,                                                                                                                                                    \
      "A reference is written as the id in a string, {\"id\": ...} or {\"external_id\": ...}.",                                                                          \
      "Ссылка пишется строкой с id, {\"id\": ...} или {\"external_id\": ...}.")                                                                                          \
    X(reference_any_form,                                                                                                                                                \
      "A reference to any record is written as {\"entity\": ..., \"id\": ...}.",                                                                                         \
      "Ссылка на любую запись пишется как {\"entity\": ..., \"id\": ...}.")                                                                                              \
    X(reference_several, "Several records match {0}: give the id.",                                                                                                      \
      "Под {0} подходит несколько записей: укажите id.")                                                                                                                 \
    X(money_form, "Money is written as {\"amount\": \"1054.00\", \"currency\": \"USD\"}.",                                                                               \
      "Деньги пишутся как {\"amount\": \"1054.00\", \"currency\": \"USD\"}.")                                                                                            \
    X(money_places, "{0} has more decimal places than {1} allows.",                                                                                                      \
      "У {0} больше знаков после запятой, чем бывает у {1}.")                                                                                                            \
    X(number_form, "{0} is not a whole number.", "{0} - не целое число.")                                                                                                \
    X(decimal_form, "{0} is not a number with at most six decimal places.",                                                                                              \
      "{0} - не число с не более чем шестью знаками после запятой.")                                                                                                     \
    X(boolean_form, "{0} is neither true nor false.", "{0} - не да и не нет.")                                                                                           \
    X(date_form, "{0} is not a date of the form 2026-11-21.", "{0} - не дата вида 2026-11-21.")                                                                          \
    X(date_impossible, "{0} is not a possible date.", "Даты {0} не бывает.")                                                                                             \
    X(date_ambiguous, "{0} can be read in several ways; state the order of day, month and year.",                                                                        \
      "{0} можно прочесть по-разному; укажите порядок дня, месяца и года.")                                                                                              \
    X(date_unread, "{0} is not a date that can be read.", "{0} не читается как дата.")                                                                                   \
    X(time_form, "{0} is not a time of the form 2026-11-21T18:26:00Z.",                                                                                                  \
      "{0} - не время вида 2026-11-21T18:26:00Z.")                                                                                                                       \
    X(text_expected, "A text was expected.", "Нужен текст.")                                                                                                             \
    X(list_expected, "A list, or {\"add\": [...], \"remove\": [...]}, was expected.",                                                                                    \
      "Нужен список или {\"add\": [...], \"remove\": [...]}.")                                                                                                           \
    X(item_form, "The item {0} of the list does not have the right form.",                                                                                               \
      "У элемента {0} в списке неправильный вид.")                                                                                                                       \
    X(item_key, "An item of this list has no {0}.", "У элемента этого списка нет {0}.")                                                                                  \
    X(children_form, "Lines are a list of objects.", "Строки - это список объектов.")                                                                                    \
    X(name_unknown, "No earlier write in this batch is named {0}.",                                                                                                      \
      "Раньше в этом пакете нет записи с именем {0}.")                                                                                                                   \
    X(text_no_list, "A field of type {0} cannot be written as one text.",                                                                                                \
      "Поле типа {0} нельзя записать одним текстом.")                                                                                                                    \
    X(reference_not_found, "Nothing that you may see matches {0}.",                                                                                                      \
      "Под {0} не подходит ничего из того, что вам видно.")                                                                                                              \
    X(search_entity, "There is no entity {0} to search in.",                                                                                                             \
      "Нет сущности {0}, в которой можно искать.")

/* Changes of the schema while people work: rebuild.c, rebase.c. */
#define RECORD_SCHEMA_TEXTS(X)                                                                                                                                   \
    X(type_changed, "This field has just become one of type {0}, and the value does not fit.",                                                                   \
      "Это поле только что стало полем типа {0}, и значение не подходит.")                                                                                       \
    X(entity_gone, "This entity has just been taken out of use.",                                                                                                \
      "Эту сущность только что вывели из употребления.")                                                                                                         \
    X(rebuild_lost,                                                                                                                                              \
      "{0}: {1} values do not convert, the first in the records {2}. Correct them, or ask for "                                                                  \
      "the "                                                                                                                                                     \
      "change with the loss of these values.",                                                                                                                   \
      "{0}: не преобразуются значения ({1}), первые - в записях {2}. Исправьте их или потребуйте "  \
      "изменения с потерей этих значений.")                                                                                                                      \
    X(rebuild_duplicates,                                                                                                                                        \
      "{0} cannot be unique: {1} records share a value with another one, the first are {2}.",                                                                    \
      "{0} не может быть уникальным: записей с общим значением {1}, первые из них {2}.")                                                                         \
    X(rebuild_empty,                                                                                                                                             \
      "{0} cannot be required: it is empty in {1} records, the first are {2}. Fill them in, or "                                                                 \
      "ask for it all the same.",                                                                                                                                \
      "{0} не может быть обязательным: поле пусто в записях ({1}), первые из них {2}. Заполните "    \
      "их "                                                                                                                                                    \
      "или потребуйте этого всё равно.")                                                                                                                         \
    X(list_in_use,                                                                                                                                               \
      "{1} records stand in {0}. Say where they go - move \"{0}=...\" - and it is removed.",                                                                     \
      "Записей в {0}: {1}. Скажите, куда их перевести - move «{0}=...», - и оно будет удалено.")                                                                 \
    X(item_in_use,                                                                                                                                               \
      "{1} records have the value {0}. Say what they have instead - move \"{0}=...\" - or that "                                                                 \
      "the text stays: leave \"{0}\".",                                                                                                                          \
      "Записей со значением {0}: {1}. Скажите, чем его заменить - move «{0}=...», - или что "                     \
      "текст остаётся: leave «{0}».")                                                                                                                            \
    X(list_no_target,                                                                                                                                            \
      "The records of {0} cannot go to \"{2}\": there is no such place beside it.",                                                                              \
      "Записи из {0} нельзя перевести в «{2}»: рядом такого нет.")                                                                                               \
    X(list_of_field, "{0} cannot be removed: the field {2} chooses from it.",                                                                                    \
      "{0} нельзя удалить: из него выбирает поле {2}.")                                                                                                          \
    X(list_holds,                                                                                                                                                \
      "{1} records stand in {0}. It goes by a plan that says where they go: perigee apply --move "                                                               \
      "\"{0}=...\", or schema/apply with move.",                                                                                                                 \
      "Записей в {0}: {1}. Оно удаляется планом, который говорит, куда их перевести: perigee "            \
      "apply --move «{0}=...» или schema/apply с move.")                                                                                                         \
    X(item_holds,                                                                                                                                                \
      "{1} records have the value {0}. It goes by a plan that says what they have instead: "                                                                     \
      "perigee apply --move \"{0}=...\", or --leave \"{0}\" for the text to stay; or "                                                                           \
      "schema/apply with move or leave.",                                                                                                                        \
      "Записей со значением {0}: {1}. Оно удаляется планом, который говорит, чем его заменить: " \
      "perigee apply --move «{0}=...», или --leave «{0}», чтобы текст остался; или schema/apply "                                     \
      "с move или leave.")                                                                                                                                       \
    X(list_leaving, "{0} is on its way out: its records are being moved, nothing new enters.",                                                                   \
      "Выводится из обращения: {0}. Записи переводятся, новые не принимаются.")                                                                                  \
    X(list_returns,                                                                                                                                              \
      "{0} cannot become {2}: records are still being moved. Wait until the move ends, or cancel "                                                               \
      "it.",                                                                                                                                                     \
      "{0} нельзя переименовать в {2}: записи ещё переводятся. Дождитесь конца перевода или "   \
      "отмените его.")                                                                                                                                           \
    X(list_move_ended,                                                                                                                                           \
      "{1} of {2} records have moved out of {0} and stay where they are now. The rest stay in "                                                                  \
      "{0}, which is in use again.",                                                                                                                             \
      "Из {0} переведено записей: {1} из {2}, они остаются на новом месте. Остальные - в {0}, "            \
      "снова в обращении.")                                                                                                                                      \
    X(rebuild_overtaken, "The definitions were changed meanwhile.",                                                                                              \
      "Определения тем временем изменили.")                                                                                                                      \
    X(rebuild_cancelled, "The change of {0} was cancelled.", "Изменение {0} отменено.")                                                                          \
    X(rebuild_disk, "{0} needs about {1} MB of disk space, {2} MB are free. Nothing was changed.",                                                               \
      "Для {0} нужно около {1} МБ места на диске, свободно {2} МБ. Ничего не изменено.")

/* Duplicates and merging: duplicate_scan.c, merge.c. */
#define RECORD_MERGE_TEXTS(X)                                                                                                                                     \
    X(scan_large, "There are more than {0} keys to compare; give fewer rules.",                                                                                   \
      "Сравнивать пришлось бы больше {0} ключей; задайте меньше правил.")                                                                                         \
    X(scan_stopped, "The search for duplicates was stopped.", "Поиск дублей остановлен.")                                                                         \
    X(merge_form,                                                                                                                                                 \
      "A merge needs ids, the record among them to keep as into, and at most {0} of them; from "                                                                  \
      "and set are objects.",                                                                                                                                     \
      "Для слияния нужны ids, среди них остающаяся запись into, и не больше {0} записей; from и "         \
      "set — объекты.")                                                                                                                                           \
    X(merge_large, "More than {0} records refer to these; merge fewer at once.",                                                                                  \
      "На эти записи ссылается больше {0} других; сливайте по частям.")                                                                                           \
    X(merge_from,                                                                                                                                                 \
      "{0} cannot be taken from there: name one of the merged records, and a field that you may "                                                                 \
      "write.",                                                                                                                                                   \
      "{0} нельзя взять оттуда: назовите одну из сливаемых записей и поле, которое вы можете " \
      "менять.")

#define RECORD_TEXTS(X)                                                                            \
    RECORD_MERGE_TEXTS(X) RECORD_WRITE_TEXTS(X) RECORD_READ_TEXTS(X) RECORD_SCHEMA_TEXTS(X)

#define RECORD_TEXT(name, en, ru) ERR_TEXT_ITEM_(record_, name, en, ru)
RECORD_TEXTS(RECORD_TEXT)
#undef RECORD_TEXT

#endif
