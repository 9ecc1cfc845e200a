/* What the base says to people, in each language. See err.h for the form. */
#ifndef BASE_MESSAGES_H
#define BASE_MESSAGES_H

#include "base/err.h"

#define BASE_TEXTS(X)                                                                              \
    X(no_memory, "There is not enough memory for this.", "Для этого не хватает памяти.")           \
    X(internal, "Something went wrong on our side.", "Что-то пошло не так на нашей стороне.")      \
    X(zone_unknown, "There is no time zone {0}.", "Нет часового пояса {0}.")                       \
    X(charset_unknown, "There is no text encoding {0}.", "Нет кодировки {0}.")                     \
    X(charset_failed, "The text could not be read as {0}.",                                        \
      "Не удалось прочитать текст в кодировке {0}.")                                               \
    X(seal_file, "The key of secrets {0} cannot be used: {1}.",                                    \
      "Ключ секретов {0} нельзя использовать: {1}.")                                               \
    X(text_too_large, "The text is longer than allowed.", "Текст длиннее допустимого.")            \
    X(json_malformed, "The JSON is malformed at line {0}, column {1}.",                            \
      "Ошибка в JSON: строка {0}, столбец {1}.")                                                   \
    X(json_duplicate, "The JSON has a key twice at line {0}, column {1}.",                         \
      "Ключ в JSON повторяется: строка {0}, столбец {1}.")                                         \
    X(json_utf8, "The JSON is not valid UTF-8 at line {0}, column {1}.",                           \
      "JSON не в кодировке UTF-8: строка {0}, столбец {1}.")                                       \
    X(json_nul, "The JSON has a NUL character at line {0}, column {1}.",                           \
      "В JSON стоит символ NUL: строка {0}, столбец {1}.")                                         \
    X(json_too_large, "The JSON has {0} bytes; {1} are allowed.",                                  \
      "В JSON {0} байт; разрешено {1}.")                                                           \
    X(json_too_deep, "The JSON is nested deeper than {0} levels.",                                 \
      "Вложенность JSON больше {0} уровней.")                                                      \
    X(json_too_many, "The JSON has more than {0} elements.", "В JSON больше {0} элементов.")

#define BASE_TEXT(name, en, ru) ERR_TEXT_ITEM_(base_, name, en, ru)
BASE_TEXTS(BASE_TEXT)
#undef BASE_TEXT

#endif
