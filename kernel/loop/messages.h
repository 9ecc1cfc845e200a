/* What loops, watches and children say to people. See base/err.h for the form. */
#ifndef LOOP_MESSAGES_H
#define LOOP_MESSAGES_H

#include "base/err.h"

#define LOOP_TEXTS(X)                                                                              \
    X(thread_failed, "A thread could not be started.", "Не удалось запустить поток.")              \
    X(watch_failed, "The folder {0} cannot be watched.", "Не удалось следить за папкой {0}.")      \
    X(child_failed, "The program {0} could not be started.",                                       \
      "Не удалось запустить программу {0}.")                                                       \
    X(child_closed, "The program has closed its input.", "Программа закрыла свой ввод.")           \
    X(child_behind, "The program does not read its input.", "Программа не читает свой ввод.")

#define LOOP_TEXT(name, en, ru) ERR_TEXT_ITEM_(loop_, name, en, ru)
LOOP_TEXTS(LOOP_TEXT)
#undef LOOP_TEXT

#endif
