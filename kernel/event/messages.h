/* What jobs, subscribers and schedules say to people, in each language. See base/err.h for the
 * form. */
#ifndef EVENT_MESSAGES_H
#define EVENT_MESSAGES_H

#include "base/err.h"

#define EVENT_TEXTS(X)                                                                                                                                    \
    X(job_not_found, "There is no such job.", "Такого задания нет.")                                                                                      \
    X(job_state, "The job is {0}; this is not possible now.",                                                                                             \
      "Задание в состоянии {0}; сейчас это невозможно.")                                                                                                  \
    X(job_lost, "The job was taken over or stopped; nothing of it was written.",                                                                          \
      "Задание остановлено или передано другому; ничего не записано.")                                                                                    \
    X(job_interrupted, "The server stopped {0} times while this ran.",                                                                                    \
      "Сервер останавливался во время этого задания {0} раз.")                                                                                            \
    X(loop, "Stopped: one change caused another {0} times in a row.",                                                                                     \
      "Остановлено: одно изменение вызвало другое {0} раз подряд.")                                                                                       \
    X(payload_large, "The job's payload has {0} bytes; {1} are allowed.",                                                                                 \
      "В задании {0} байт; разрешено {1}.")                                                                                                               \
    X(payload_bad, "The job's payload is not what this kind expects.",                                                                                    \
      "Содержимое задания не того вида.")                                                                                                                 \
    X(kind_unknown, "There is no kind of job {0}.", "Нет заданий вида {0}.")                                                                              \
    X(twice, "{0} is registered twice.", "{0} зарегистрировано дважды.")                                                                                  \
    X(name_empty, "A name is needed.", "Нужно имя.")                                                                                                      \
    X(event_unknown,                                                                                                                                      \
      "There is no event {0}: write <entity>.created, .updated, .deleted, .restored, .purged, "                                                           \
      ".stage.changed, .<field>.changed, or a declared name.",                                                                                            \
      "Нет события {0}: пишите <сущность>.created, .updated, .deleted, .restored, .purged, "                                      \
      ".stage.changed, .<поле>.changed или объявленное имя.")                                                                                             \
    X(cursor_moved, "Another reader has moved the cursor {0}.",                                                                                           \
      "Курсор {0} переставлен другим читателем.")                                                                                                         \
    X(cron_form,                                                                                                                                          \
      "{0} is not a schedule: five fields (minute hour day month weekday) or @daily and the like "                                                        \
      "are needed; the fault is in the field {1}.",                                                                                                       \
      "{0} - не расписание: нужно пять полей (минута час день месяц день недели) или @daily и " \
      "подобное; ошибка в поле {1}.")                                                                                                                     \
    X(schedule_unknown, "There is no schedule {0}.", "Нет расписания {0}.")                                                                               \
    X(not_settled, "The work after commits did not end in time.",                                                                                         \
      "Работа после записи не закончилась вовремя.")

#define EVENT_TEXT(name, en, ru) ERR_TEXT_ITEM_(event_, name, en, ru)
EVENT_TEXTS(EVENT_TEXT)
#undef EVENT_TEXT

#endif
