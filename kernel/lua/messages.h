/* What guarded Lua says to people. See base/err.h for the form. */
#ifndef LUA_MESSAGES_H
#define LUA_MESSAGES_H

#include "base/err.h"

#define LUA_TEXTS(X)                                                                               \
    X(script_error, "{0}", "{0}")                                                                  \
    X(script_syntax, "The script cannot be read: {0}", "Скрипт не читается: {0}")                  \
    X(script_too_large, "The script is longer than {0} bytes.", "Скрипт длиннее {0} байт.")        \
    X(script_out_of_time, "The script has used up its {0} ms of processor time.",                  \
      "Скрипт израсходовал свои {0} мс процессорного времени.")                                    \
    X(script_out_of_memory, "The script has used up its memory ({0} KB).",                         \
      "Скрипт израсходовал свою память ({0} КБ).")                                                 \
    X(script_cancelled, "The script was stopped.", "Скрипт остановлен.")                           \
    X(plain_type, "A {0} cannot be handed over; wanted is a plain value.",                         \
      "Значение типа {0} нельзя передать; нужно простое значение.")                                \
    X(plain_key, "A table's keys must be texts, or numbers from 1 on.",                            \
      "Ключи таблицы должны быть текстами или числами с 1.")                                       \
    X(plain_number, "The number {0} cannot be held exactly.", "Число {0} нельзя сохранить точно.") \
    X(plain_text, "The text is not valid UTF-8.", "Текст не в кодировке UTF-8.")                   \
    X(plain_money, "{0} is not an amount of {1}.", "{0} — не сумма в {1}.")                        \
    X(plain_too_deep, "The value is nested deeper than {0} levels.",                               \
      "Вложенность значения больше {0} уровней.")                                                  \
    X(plain_too_large, "The value has more than {0} elements.",                                    \
      "В значении больше {0} элементов.")                                                          \
    X(plain_too_long, "The value's texts are longer than {0} bytes.",                              \
      "Тексты значения длиннее {0} байт.")

#define LUA_TEXT(name, en, ru) ERR_TEXT_ITEM_(lua_text_, name, en, ru)
LUA_TEXTS(LUA_TEXT)
#undef LUA_TEXT

#endif
