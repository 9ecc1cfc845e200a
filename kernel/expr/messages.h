/* What the expression language says to people, in each language. {0} is always the column. */
#ifndef EXPR_MESSAGES_H
#define EXPR_MESSAGES_H

#include "base/err.h"

#define EXPR_TEXTS(X)                                                                                                                                                  \
    X(empty, "The expression is empty; write for example: amount > 1000",                                                                                              \
      "Выражение пустое; напишите, например: amount > 1000")                                                                                                           \
    X(too_long, "The expression is too long: {1} bytes, at most {2}.",                                                                                                 \
      "Выражение слишком длинное: {1} байт, разрешено не больше {2}.")                                                                                                 \
    X(too_many, "Column {0}: the expression has too many parts, at most {1}.",                                                                                         \
      "Столбец {0}: в выражении слишком много частей, разрешено не больше {1}.")                                                                                       \
    X(too_deep, "Column {0}: too many parentheses or calls inside each other, at most {1}.",                                                                           \
      "Столбец {0}: слишком большая вложенность скобок и вызовов, разрешено не больше {1}.")                                                                           \
    X(not_utf8, "The expression is not valid UTF-8.", "Выражение не в кодировке UTF-8.")                                                                               \
    X(bad_character, "Column {0}: “{1}” cannot stand in an expression.",                                                                                               \
      "Столбец {0}: знак «{1}» в выражении невозможен.")                                                                                                               \
    X(quotes,                                                                                                                                                          \
      "Column {0}: “{1}” is not a quotation mark of the language; write \"text\" or 'text'.",                                                                          \
      "Столбец {0}: знак {1} здесь не кавычка; пишите \"текст\" или 'текст'.")                                                                                         \
    X(bad_operator, "Column {0}: “{1}” is not an operator here; write “{2}”.",                                                                                         \
      "Столбец {0}: «{1}» здесь не оператор; пишите «{2}».")                                                                                                           \
    X(no_operator,                                                                                                                                                     \
      "Column {0}: there is no “{1}”; there are + - * / and the functions abs, round, floor.",                                                                         \
      "Столбец {0}: оператора «{1}» нет; есть + - * / и функции abs, round, floor.")                                                                                   \
    X(comment, "Column {0}: an expression has no comments; to subtract a negative write - (-1).",                                                                      \
      "Столбец {0}: комментариев в выражении нет; вычитание отрицательного: - (-1).")                                                                                  \
    X(lua_word, "Column {0}: “{1}” belongs to statements; this is a single expression.",                                                                               \
      "Столбец {0}: «{1}» - слово инструкций, а здесь одно выражение.")                                                                                                \
    X(long_text, "Column {0}: write a text as \"...\" or '...'; [[...]] is not supported.",                                                                            \
      "Столбец {0}: текст пишется как \"...\" или '...'; запись [[...]] не поддерживается.")                                                                           \
    X(number_form, "Column {0}: “{1}” is not a number; write for example 12 or 12.5",                                                                                  \
      "Столбец {0}: «{1}» не число; напишите, например, 12 или 12.5")                                                                                                  \
    X(number_places, "Column {0}: “{1}” has more than six places after the point.",                                                                                    \
      "Столбец {0}: в числе «{1}» больше шести знаков после точки.")                                                                                                   \
    X(number_range, "Column {0}: the number {1} is too large.",                                                                                                        \
      "Столбец {0}: число {1} слишком велико.")                                                                                                                        \
    X(text_open, "Column {0}: the text that begins here is not closed; {1} is missing.",                                                                               \
      "Столбец {0}: текст, начатый здесь, не закрыт; не хватает {1}")                                                                                                  \
    X(text_escape,                                                                                                                                                     \
      "Column {0}: “{1}” is not an escape; there are \\n \\t \\\\ \\\" \\' \\x41 \\065 \\u{41}",                                                                       \
      "Столбец {0}: «{1}» - неизвестное сочетание; есть \\n \\t \\\\ \\\" \\' \\x41 \\065 "                                           \
      "\\u{41}")                                                                                                                                                       \
    X(text_invalid, "Column {0}: the text holds a byte that is not valid UTF-8, or NUL.",                                                                              \
      "Столбец {0}: в тексте недопустимый для UTF-8 байт или NUL.")                                                                                                    \
    X(ended, "Column {0}: the expression ends where a value is still missing.",                                                                                        \
      "Столбец {0}: выражение обрывается там, где ещё нужно значение.")                                                                                                \
    X(value_wanted,                                                                                                                                                    \
      "Column {0}: “{1}” does not fit here; wanted is a field, a number, a text in quotes, a "                                                                     \
      "function or “(”.",                                                                                                                                              \
      "Столбец {0}: «{1}» здесь не подходит; нужно поле, число, текст в кавычках, функция или "          \
      "«(».")                                                                                                                                                          \
    X(operator_wanted,                                                                                                                                                 \
      "Column {0}: “{1}” cannot follow a complete expression; join the two with and, or or "                                                                       \
      "another operator.",                                                                                                                                             \
      "Столбец {0}: «{1}» не может следовать за законченным выражением; соедините их через and, "      \
      "or или другой оператор.")                                                                                                                                       \
    X(close_wanted,                                                                                                                                                    \
      "Column {0}: “)” is wanted, found “{1}”; the parenthesis opened in column {2} is not "                                                                   \
      "closed.",                                                                                                                                                       \
      "Столбец {0}: нужна «)», а стоит «{1}»; скобка, открытая в столбце {2}, не закрыта.")                                                                            \
    X(close_missing, "Column {0}: the parenthesis opened here is not closed.",                                                                                         \
      "Столбец {0}: скобка, открытая здесь, не закрыта.")                                                                                                              \
    X(name_wanted, "Column {0}: a field name is wanted after the point, found “{1}”.",                                                                                 \
      "Столбец {0}: после точки нужно имя поля, а стоит «{1}».")                                                                                                       \
    X(unknown_field, "Column {0}: there is no field “{1}”.", "Столбец {0}: нет поля «{1}».")                                                                           \
    X(similar_field, "Column {0}: there is no field “{1}”; did you mean “{2}”?",                                                                                       \
      "Столбец {0}: нет поля «{1}»; может быть, «{2}»?")                                                                                                               \
    X(unknown_function, "Column {0}: there is no function “{1}”.",                                                                                                     \
      "Столбец {0}: нет функции «{1}».")                                                                                                                               \
    X(similar_function, "Column {0}: there is no function “{1}”; did you mean “{2}”?",                                                                                 \
      "Столбец {0}: нет функции «{1}»; может быть, «{2}»?")                                                                                                            \
    X(field_called, "Column {0}: “{1}” is a field, not a function; write it without parentheses.",                                                                     \
      "Столбец {0}: «{1}» - поле, а не функция; пишите без скобок.")                                                                                                   \
    X(function_bare, "Column {0}: “{1}” is a function; write {1}(...).",                                                                                               \
      "Столбец {0}: «{1}» - функция; пишите {1}(...).")                                                                                                                \
    X(no_fields, "Column {0}: “{1}” is {2}, not a reference, and has no field “{3}”.",                                                                                 \
      "Столбец {0}: «{1}» имеет тип {2}, это не ссылка, и поля «{3}» у него нет.")                                                                                     \
    X(any_fields,                                                                                                                                                      \
      "Column {0}: “{1}” may refer to records of any kind: say first of which, as in "                                                                             \
      "“{1}.user.name”.",                                                                                                                                              \
      "Столбец {0}: «{1}» может ссылаться на записи любого вида: назовите сначала, какого, как в "   \
      "«{1}.user.name».")                                                                                                                                              \
    X(list_fields,                                                                                                                                                     \
      "Column {0}: “{1}” is a list; ask it with one_of({1}, ...) or contains({1}, ...).",                                                                              \
      "Столбец {0}: «{1}» - список; спрашивайте через one_of({1}, ...) или contains({1}, ...).")                                                                       \
    X(path_long, "Column {0}: the path has more than {1} steps.",                                                                                                      \
      "Столбец {0}: в пути больше {1} шагов.")                                                                                                                         \
    X(compare_types, "Column {0}: {1} cannot be compared with {2}.",                                                                                                   \
      "Столбец {0}: значение типа {1} нельзя сравнить со значением типа {2}.")                                                                                         \
    X(compare_period,                                                                                                                                                  \
      "Column {0}: {1}() gives the first day of the {1} as a date, not a number; compare it with "                                                                     \
      "a date: \"2017-01-01\".",                                                                                                                                       \
      "Столбец {0}: {1}() даёт первый день периода как дату, а не число; сравнивайте с датой: "            \
      "\"2017-01-01\".")                                                                                                                                               \
    X(compare_id,                                                                                                                                                      \
      "Column {0}: a reference is compared with an id in quotes, such as \"281474976710657\", "                                                                        \
      "not with a number.",                                                                                                                                            \
      "Столбец {0}: ссылка сравнивается с идентификатором в кавычках, например "                             \
      "\"281474976710657\", а не с числом.")                                                                                                                           \
    X(compare_entities,                                                                                                                                                \
      "Column {0}: these references are to records of different kinds and are never equal.",                                                                           \
      "Столбец {0}: эти ссылки ведут на записи разных видов и никогда не равны.")                                                                                      \
    X(compare_list,                                                                                                                                                    \
      "Column {0}: a list is not compared with “{1}”; write one_of(list, value), contains(list, "                                                                  \
      "text) or list == nil.",                                                                                                                                         \
      "Столбец {0}: список не сравнивают через «{1}»; пишите one_of(список, значение), "                           \
      "contains(список, текст) или список == nil.")                                                                                                                    \
    X(compare_chain, "Column {0}: comparisons do not chain; write a < b and b < c.",                                                                                   \
      "Столбец {0}: сравнения не соединяются в цепочку; пишите a < b and b < c.")                                                                                      \
    X(order_type,                                                                                                                                                      \
      "Column {0}: {1} has no order; “{2}” works for numbers, money, texts, dates and times.",                                                                         \
      "Столбец {0}: у типа {1} нет порядка; «{2}» работает для чисел, денег, текстов, дат и "                  \
      "времени.")                                                                                                                                                      \
    X(date_literal,                                                                                                                                                    \
      "Column {0}: \"{1}\" is not a date; write for example \"2026-11-21\" or "                                                                                        \
      "\"2026-11-21T18:26:00Z\".",                                                                                                                                     \
      "Столбец {0}: \"{1}\" - не дата; напишите, например, \"2026-11-21\" или "                                                        \
      "\"2026-11-21T18:26:00Z\".")                                                                                                                                     \
    X(id_literal, "Column {0}: \"{1}\" is not the id of a record; an id is written in digits.",                                                                        \
      "Столбец {0}: \"{1}\" - не идентификатор записи; идентификатор состоит из цифр.")                                                                                \
    X(arithmetic_types, "Column {0}: “{1}” does not work between {2} and {3}.",                                                                                        \
      "Столбец {0}: «{1}» не работает между типами {2} и {3}.")                                                                                                        \
    X(money_number,                                                                                                                                                    \
      "Column {0}: money and a plain number cannot be joined by “{1}”; money can be multiplied "                                                                   \
      "or divided by numbers.",                                                                                                                                        \
      "Столбец {0}: деньги и простое число нельзя соединить через «{1}»; деньги можно умножать и " \
      "делить на числа.")                                                                                                                                              \
    X(time_number,                                                                                                                                                     \
      "Column {0}: days are added to dates, not to times; write today() - 7 or day(x) + 1.",                                                                           \
      "Столбец {0}: дни прибавляются к датам, а не ко времени; пишите today() - 7 или day(x) + "                      \
      "1.")                                                                                                                                                            \
    X(date_days, "Column {0}: only whole days are added to a date, found {1}.",                                                                                        \
      "Столбец {0}: к дате прибавляют только целое число дней, а стоит {1}.")                                                                                          \
    X(negate_type, "Column {0}: “-” works for numbers and money, found {1}.",                                                                                          \
      "Столбец {0}: «-» работает для чисел и денег, а стоит {1}.")                                                                                                     \
    X(concat_type, "Column {0}: “..” joins texts, numbers and dates, found {1}.",                                                                                      \
      "Столбец {0}: «..» соединяет тексты, числа и даты, а стоит {1}.")                                                                                                \
    X(argument_count, "Column {0}: {1}() takes {2}, found {3}.",                                                                                                       \
      "Столбец {0}: у {1}() число аргументов {2}, а дано {3}.")                                                                                                        \
    X(argument_type, "Column {0}: {1}() wants {2} here, found {3}.",                                                                                                   \
      "Столбец {0}: {1}() принимает здесь {2}, а стоит {3}.")                                                                                                          \
    X(argument_mixed, "Column {0}: the values of {1}() must be of one type, found {2} and {3}.",                                                                       \
      "Столбец {0}: значения в {1}() должны быть одного типа, а стоят {2} и {3}.")                                                                                     \
    X(argument_unit,                                                                                                                                                   \
      "Column {0}: the unit is one of \"day\", \"week\", \"month\", \"quarter\", \"year\".",                                                                           \
      "Столбец {0}: единица - одна из \"day\", \"week\", \"month\", \"quarter\", \"year\".")                                                                           \
    X(argument_places, "Column {0}: the number of places is written out: 0 to 6.",                                                                                     \
      "Столбец {0}: число знаков пишется прямо: от 0 до 6.")                                                                                                           \
    X(argument_share, "Column {0}: the share is a number from 0 to 1, such as 0.9.",                                                                                   \
      "Столбец {0}: доля - число от 0 до 1, например 0.9.")                                                                                                            \
    X(aggregate_row, "Column {0}: {1}() summarises many records and works only in measures.",                                                                          \
      "Столбец {0}: {1}() сводит много записей и работает только в показателях.")                                                                                      \
    X(aggregate_nested, "Column {0}: {1}() cannot stand inside another aggregate.",                                                                                    \
      "Столбец {0}: {1}() не может стоять внутри другой сводной функции.")                                                                                             \
    X(aggregate_bool, "Column {0}: {1}() wants numbers; to count records write count({2}).",                                                                           \
      "Столбец {0}: {1}() принимает числа; чтобы посчитать записи, пишите count({2}).")                                                                                \
    X(field_bare,                                                                                                                                                      \
      "Column {0}: in a measure the field “{1}” must stand inside an aggregate, such as "                                                                          \
      "max({1}).",                                                                                                                                                     \
      "Столбец {0}: в показателе поле «{1}» должно стоять внутри сводной функции, например "           \
      "max({1}).")                                                                                                                                                     \
    X(overflow, "Column {0}: the result of “{1}” is too large.",                                                                                                       \
      "Столбец {0}: результат «{1}» слишком велик.")                                                                                                                   \
    X(date_range, "Column {0}: “{1}” leaves the years 1 to 9999.",                                                                                                     \
      "Столбец {0}: результат «{1}» выходит за пределы годов 1-9999.")                                                                                                 \
    X(kept_name, "Column {0}: in_segment() takes the name of a segment in quotes.",                                                                                    \
      "Столбец {0}: in_segment() принимает название сегмента в кавычках.")                                                                                             \
    X(kept_unknown, "Column {0}: there is no segment “{1}” of these records.",                                                                                         \
      "Столбец {0}: сегмента «{1}» у этих записей нет.")                                                                                                               \
    X(kept_several, "Column {0}: several segments are called “{1}”; rename all but one.",                                                                              \
      "Столбец {0}: сегментов с названием «{1}» несколько; переименуйте все, кроме одного.")                                                                           \
    X(kept_elsewhere,                                                                                                                                                  \
      "Column {0}: segments work where records are asked for, not in this expression.",                                                                                \
      "Столбец {0}: сегменты действуют там, где запрашивают записи, а не в этом выражении.")                                                                           \
    X(kept_many,                                                                                                                                                       \
      "Column {0}: more than {1} segments, those inside others included; perhaps one refers to "                                                                       \
      "itself.",                                                                                                                                                       \
      "Столбец {0}: сегментов больше {1} вместе с вложенными; возможно, один ссылается на себя.")                                                                      \
    X(text_range, "Column {0}: the text made by “{1}” is too long.",                                                                                                   \
      "Столбец {0}: текст, полученный через «{1}», слишком длинный.")

#define EXPR_TEXT(name, en, ru) ERR_TEXT_ITEM_(expr_, name, en, ru)
EXPR_TEXTS(EXPR_TEXT)
#undef EXPR_TEXT

#endif
