/* A run report as a file: the rows as they are shown, the total, and what is behind the figures.
 *
 * Cells are asked for one by one, so that each kind of file writes them in its own way; texts live
 * in the view's arena. Counted under the right to export, which is one apart. Threads: the view's.
 */
#ifndef MODULES_REPORTS_SHEET_H
#define MODULES_REPORTS_SHEET_H

#include "answer.h"

#define SHEET_WORDS(X)                                                                             \
    X(TOTAL, "Total", "Итого")                                                                     \
    X(OTHERS, "Others", "Прочие")                                                                  \
    X(NOT_SET, "Not set", "Не указано")                                                            \
    X(YES, "Yes", "Да")                                                                            \
    X(NO, "No", "Нет")                                                                             \
    X(BEFORE, "before", "до этого")                                                                \
    X(NUMBER, "No.", "№")                                                                          \
    X(ABOUT, "About", "О файле")                                                                   \
    X(REPORT, "Report", "Отчёт")                                                                   \
    X(QUESTION, "Question", "Вопрос")                                                              \
    X(PERIOD, "Period", "Период")                                                                  \
    X(COMPARED, "Compared with", "Сравнение с")                                                    \
    X(ALL_TIME, "All time", "Всё время")                                                           \
    X(AS_OF, "As of", "На момент")                                                                 \
    X(SEEN_BY, "As seen by", "Кто смотрит")                                                        \
    X(AUTHOR, "Author", "Автор")                                                                   \
    X(CERTIFIED, "certified", "проверен")                                                          \
    X(DRAFT, "draft", "черновик")                                                                  \
    X(ONLY, "Only", "Только")                                                                      \
    X(CONDITION, "Condition", "Условие")                                                           \
    X(COUNTED, "What is counted", "Что считается")                                                 \
    X(LEFT_OUT, "Left out", "Не вошло")                                                            \
    X(NO_DATE, "without a date", "без даты")                                                       \
    X(NO_RATE, "in a currency without a rate", "в валюте без курса")                               \
    X(TRUNCATED, "There are more rows than a report shows.", "Строк больше, чем показывает отчёт.")

enum sheet_word {
#define SHEET_WORD_ENUM(name, en, ru) SHEET_##name,
    SHEET_WORDS(SHEET_WORD_ENUM)
#undef SHEET_WORD_ENUM
};

struct sheet {
    const struct plan *plan;
    const struct table *table;
    struct crm_actor_facts actor;
    struct code_labels labels[REPORT_DIMENSIONS_MAX];
    size_t columns;
    struct crm_request *request;
};

/* One place of the table. `metric` NULL: `text` says it, and `value` where that is a number, a date
 * or a moment. */
struct sheet_cell {
    const struct metric *metric;
    int32_t period; /* of a date: enum crm_period */
    struct crm_value value;
    struct crm_str text;
};

enum { SHEET_OF_ALL = 0 }; /* instead of a row's number, for the total and the others */

struct crm_str sheet_word(const struct sheet *s, enum sheet_word word);
struct sheet_cell sheet_head(const struct sheet *s, size_t column);
/* `number`: of the row from 1, or SHEET_OF_ALL with what it is called. */
struct sheet_cell sheet_cell(const struct sheet *s, const struct table_row *row, size_t number,
                             enum sheet_word called, size_t column);
/* What stands behind the table, line by line: what it is, and two texts of it. */
typedef bool (*sheet_line_fn)(void *ctx, struct crm_str what, struct crm_str text,
                              struct crm_str more);
bool sheet_about(const struct sheet *s, sheet_line_fn fn, void *ctx);

/* `body` beside the report's parameters: {"format"}. */
crm_status sheet_answer(struct plan *p, const struct crm_json_value *body, struct crm_request *r,
                        struct crm_error *err);

/* ---- kinds of file -----------------------------------------------------------------------------
 */
crm_status sheet_csv(const struct sheet *s, struct crm_error *err);
crm_status sheet_xlsx(const struct sheet *s, struct crm_error *err);
crm_status sheet_pdf(const struct sheet *s, struct crm_error *err);
/* The answer's head: the report's name with this ending. */
crm_status sheet_open(const struct sheet *s, const char *ending, const char *type,
                      struct crm_error *err);

#endif
