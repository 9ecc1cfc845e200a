/* What the schema says to people, in each language. See base/err.h for the form. */
#ifndef SCHEMA_MESSAGES_H
#define SCHEMA_MESSAGES_H

#include "base/err.h"

#define SCHEMA_TEXTS(X)                                                                                                                                         \
    X(too_many, "There are more than {0} definitions of the kind {1}.",                                                                                         \
      "Определений вида {1} больше {0}.")                                                                                                                       \
    X(name_form,                                                                                                                                                \
      "\"{0}\" cannot be a name: use small Latin letters, digits and _, begin with a letter, at "                                                               \
      "most {1} characters.",                                                                                                                                   \
      "«{0}» не может быть именем: годятся строчные латинские буквы, цифры и _, первой стоит " \
      "буква, не больше {1} знаков.")                                                                                                                           \
    X(name_keyword,                                                                                                                                             \
      "\"{0}\" cannot be a name: it is a word of Lua. Choose another, for example \"{0}_value\".",                                                              \
      "«{0}» не может быть именем: это слово языка Lua. Выберите другое, например «{0}_value».")                                                                \
    X(name_standard, "\"{0}\" cannot be declared: every entity has a field of this name already.",                                                              \
      "«{0}» нельзя объявить: поле с таким именем уже есть у каждой сущности.")                                                                                 \
    X(name_pipeline,                                                                                                                                            \
      "\"{0}\" cannot be declared: `pipeline` gives the entity a field of this name.",                                                                          \
      "«{0}» нельзя объявить: поле с таким именем создаёт `pipeline`.")                                                                                         \
    X(twice, "{0} \"{1}\" is declared twice; the first time at {2}.",                                                                                           \
      "{0} «{1}» объявлено дважды; впервые в {2}.")                                                                                                             \
    X(twice_extend,                                                                                                                                             \
      "Entity \"{0}\" is declared twice; the first time at {1}. To add fields to it write extend "                                                              \
      "\"{0}\" { ... }.",                                                                                                                                       \
      "Сущность «{0}» объявлена дважды; впервые в {1}. Чтобы добавить поля, пишите extend "             \
      "\"{0}\" { ... }.")                                                                                                                                       \
    X(unknown_entity, "There is no entity \"{0}\".", "Нет сущности «{0}».")                                                                                     \
    X(unknown_entity_near, "There is no entity \"{0}\"; did you mean \"{1}\"?",                                                                                 \
      "Нет сущности «{0}»; возможно, «{1}»?")                                                                                                                   \
    X(unknown_field, "There is no field \"{0}\" in {1}.", "В {1} нет поля «{0}».")                                                                              \
    X(unknown_field_near, "There is no field \"{0}\" in {1}; did you mean \"{2}\"?",                                                                            \
      "В {1} нет поля «{0}»; возможно, «{2}»?")                                                                                                                 \
    X(unknown_directory, "There is no directory \"{0}\".", "Нет справочника «{0}».")                                                                            \
    X(unknown_directory_near, "There is no directory \"{0}\"; did you mean \"{1}\"?",                                                                           \
      "Нет справочника «{0}»; возможно, «{1}»?")                                                                                                                \
    X(unknown_key, "\"{0}\" is not a key of {1}; the keys are: {2}.",                                                                                           \
      "У {1} нет ключа «{0}»; есть ключи: {2}.")                                                                                                                \
    X(unknown_key_near, "\"{0}\" is not a key of {1}; did you mean \"{2}\"?",                                                                                   \
      "У {1} нет ключа «{0}»; возможно, «{2}»?")                                                                                                                \
    X(value_kind, "{0} of {1} must be {2}, not {3}.", "{0} у {1}: нужно {2}, а дано {3}.")                                                                      \
    X(value_range, "{0} of {1} must be from {2} to {3}.", "{0} у {1}: допустимо от {2} до {3}.")                                                                \
    X(value_word, "{0} of {1} must be one of {2}, not \"{3}\".",                                                                                                \
      "{0} у {1}: допустимо одно из {2}, а дано «{3}».")                                                                                                        \
    X(missing, "{0} needs {1}.", "{0}: не задано {1}.")                                                                                                         \
    X(not_for_type, "A field of type {0} cannot have `{1}`.",                                                                                                   \
      "Поле типа {0} не может иметь `{1}`.")                                                                                                                    \
    X(field_type_of, "{0} of {1} must be a field of type {2}; \"{3}\" is {4}.",                                                                                 \
      "{0} у {1} должно быть полем типа {2}; «{3}» имеет тип {4}.")                                                                                             \
    X(duplicate_unsearched,                                                                                                                                     \
      "A rule on duplicates of {0} needs a labelled list or a field that is searched; \"{1}\" is "                                                              \
      "neither.",                                                                                                                                               \
      "Правилу о дублях «{0}» нужен список или поле, по которому ищут; «{1}» — ни то, ни другое.")                                                              \
    X(not_a_reference, "`by` must name a reference to {0}; {1}.{2} is {3}.",                                                                                    \
      "`by` должно называть ссылку на {0}; {1}.{2} имеет тип {3}.")                                                                                             \
    X(two_parents, "{0} already belongs to {1} ({2}); it cannot belong to {3} as well.",                                                                        \
      "{0} уже принадлежит {1} ({2}) и не может принадлежать ещё и {3}.")                                                                                       \
    X(parent_circle, "{0} would belong to itself.", "{0} принадлежало бы самому себе.")                                                                         \
    X(formula_circle, "The formula {0} needs itself.", "Формула {0} опирается на саму себя.")                                                                   \
    X(formula_depth, "Formulas refer to each other more than {0} deep at {1}.",                                                                                 \
      "Формулы ссылаются друг на друга глубже {0} уровней: {1}.")                                                                                               \
    X(formula_nothing, "The formula {0} gives no value.", "Формула {0} не даёт значения.")                                                                      \
    X(default_type, "The default of {0} is {1}; {2} is needed.",                                                                                                \
      "Значение по умолчанию у {0} имеет тип {1}, а нужен {2}.")                                                                                                \
    X(only_stored,                                                                                                                                              \
      "{0} is computed when it is read, because it follows a reference or depends on the moment; "                                                              \
      "it cannot have `{1}`.",                                                                                                                                  \
      "{0} вычисляется при чтении: оно идёт по ссылке или зависит от момента; `{1}` для него "     \
      "невозможно.")                                                                                                                                            \
    X(path_too_long, "The rows of {0} are too far from it: a path may have {1} steps.",                                                                         \
      "Правило для {0} уходит слишком далеко: в пути не больше {1} шагов.")                                                                                     \
    X(path_many, "\"{0}\" holds many values and cannot be followed.",                                                                                           \
      "«{0}» содержит много значений, идти дальше по нему нельзя.")                                                                                             \
    X(path_not_reference, "\"{0}\" is not a reference and cannot be followed.",                                                                                 \
      "«{0}» не ссылка, идти дальше по нему нельзя.")                                                                                                           \
    X(path_form, "\"{0}\" is not a path: write fields with points between them, at most {1}.",                                                                  \
      "«{0}» не путь: пишите поля через точку, не больше {1}.")                                                                                                 \
    X(child_grant, "{0} belongs to {1}: its rights are those of {1}.",                                                                                          \
      "{0} принадлежит {1}: права на него те же, что на {1}.")                                                                                                  \
    X(no_pipeline, "Entity \"{0}\" has no `pipeline`, so it cannot be given one.",                                                                              \
      "У сущности «{0}» нет `pipeline`, воронку к ней задать нельзя.")                                                                                          \
    X(type_change,                                                                                                                                              \
      "{0} is {1} in the database and {2} in its definition; values cannot be taken over from "                                                                 \
      "one to "                                                                                                                                                 \
      "the other. Add a new field and move them.",                                                                                                              \
      "{0} в базе имеет вид «{1}», а в определении «{2}»; перенести значения само по себе "            \
      "нельзя. "                                                                                                                                          \
      "Добавьте новое поле и перенесите их.")                                                                                                                   \
    X(columns_budget,                                                                                                                                           \
      "{0} would have {1} columns, hidden ones included; at most {2} fit. Recycle hidden fields "                                                               \
      "or "                                                                                                                                                     \
      "move some to an entity of their own.",                                                                                                                   \
      "У {0} вышло бы столбцов: {1}, считая скрытые; помещается не больше {2}. Очистите скрытые " \
      "поля "                                                                                                                                               \
      "или вынесите часть в отдельную сущность.")                                                                                                               \
    X(bytes_budget,                                                                                                                                             \
      "A row of {0} could come to {1} bytes; at most {2} fit. Move some fields to an entity of "                                                                \
      "their "                                                                                                                                                  \
      "own.",                                                                                                                                                   \
      "Строка {0} может занять байт: {1}; помещается не больше {2}. Вынесите часть полей в "          \
      "отдельную "                                                                                                                                     \
      "сущность.")                                                                                                                                              \
    X(too_deep, "The definition is nested too deeply.", "Определение вложено слишком глубоко.")                                                                 \
    X(granted_twice, "Role {0} gives rights more than once on {1}; the first time at {2}.",                                                                     \
      "Роль {0} задаёт права на {1} дважды; впервые в {2}.")

#define SCHEMA_TEXT(name, en, ru) ERR_TEXT_ITEM_(schema_, name, en, ru)
SCHEMA_TEXTS(SCHEMA_TEXT)
#undef SCHEMA_TEXT

#endif
