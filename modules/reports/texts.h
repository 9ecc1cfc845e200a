/* What the reports say to people. Constant texts; threads: any. */
#ifndef MODULES_REPORTS_TEXTS_H
#define MODULES_REPORTS_TEXTS_H

#include <crm/services.h>

#define REPORTS_TEXTS(X)                                                                                                                                              \
    X(no_report, "not_found", "There is no report “{0}” that you may see.",                                                                                           \
      "Нет отчёта «{0}», который вы можете видеть.")                                                                                                                  \
    X(no_dashboard, "not_found", "There is no dashboard “{0}” that you may see.",                                                                                     \
      "Нет дашборда «{0}», который вы можете видеть.")                                                                                                                \
    X(no_records, "not_found", "There are no records “{0}” that you may see.",                                                                                        \
      "Нет записей «{0}», которые вы можете видеть.")                                                                                                                 \
    X(too_wide, "too_wide", "“{0}” has more than {1} columns, which no page holds: take xlsx.",                                                                       \
      "В «{0}» больше {1} столбцов, страница их не вместит: возьмите xlsx.")                                                                                          \
    X(no_widget, "unknown_widget", "The dashboard has no report in place {0}.",                                                                                       \
      "В дашборде нет отчёта на месте {0}.")                                                                                                                          \
    X(widget_kind, "widget_kind", "“{0}” needs one of `report`, `entity` and `text`.",                                                                                \
      "«{0}» нужно одно из: `report`, `entity`, `text`.")                                                                                                             \
    X(no_metric, "unknown_metric", "There is no metric “{0}”.", "Нет показателя «{0}».")                                                                              \
    X(no_dimension, "unknown_dimension", "There is no dimension “{0}”.", "Нет разреза «{0}».")                                                                        \
    X(no_path, "dimension_entity",                                                                                                                                    \
      "The dimension “{0}” says nothing of {1}, which the metric “{2}” counts.",                                                                                      \
      "Разрез «{0}» не определён для {1}, по которым считается «{2}».")                                                                                               \
    X(metric_parts, "metric_parts", "“{0}” needs `of` and `measure`, or `formula`, and not both.",                                                                    \
      "«{0}» нужны `of` и `measure` или `formula`, но не то и другое.")                                                                                               \
    X(metric_measure, "metric_measure",                                                                                                                               \
      "The measure of “{0}” is one aggregate such as sum(amount); its condition stands in "                                                                       \
      "`where`.",                                                                                                                                                     \
      "Мера «{0}» — одна свёртка, например sum(amount); её условие пишется в `where`.")                                                                               \
    X(metric_same, "metric_same", "“{0}” and “{1}” are one figure under two names.",                                                                                  \
      "«{0}» и «{1}» — один показатель под двумя именами.")                                                                                                           \
    X(metric_word, "metric_word", "“{0}” and “{1}” are two figures with one label.",                                                                                  \
      "«{0}» и «{1}» — два показателя с одной подписью.")                                                                                                             \
    X(key_unknown, "unknown_key", "“{0}” knows no `{1}`.", "«{0}» не знает ключа `{1}`.")                                                                             \
    X(key_kind, "key_kind", "`{1}` of “{0}” has to be {2}.", "`{1}` в «{0}» должно быть: {2}.")                                                                       \
    X(dimension_parts, "dimension_parts", "The dimension “{0}” needs `by` or `period`.",                                                                              \
      "Разрезу «{0}» нужно `by` или `period`.")                                                                                                                       \
    X(report_measures, "report_measures", "The report “{0}” names no measure.",                                                                                       \
      "Отчёт «{0}» не называет показателей.")                                                                                                                         \
    X(too_many, "too_many", "`{2}` of “{0}” takes at most {1}.",                                                                                                      \
      "`{2}` в «{0}» принимает не больше {1}.")                                                                                                                       \
    X(too_many_metrics, "too_many", "“{0}” rests on more than {1} metrics.",                                                                                          \
      "«{0}» опирается больше чем на {1} показателей.")                                                                                                               \
    X(too_many_queries, "too_many",                                                                                                                                   \
      "The metrics of “{0}” count more than {1} pairs of entity and date.",                                                                                           \
      "Показатели отчёта «{0}» считаются больше чем по {1} парам «сущность и дата».")                                                                                 \
    X(formula_long, "formula_long",                                                                                                                                   \
      "The formula of “{0}”, with those that it names, takes more than {1} steps.",                                                                                   \
      "Формула «{0}» вместе с теми, что она называет, требует больше {1} шагов.")                                                                                     \
    X(formula_wrong, "formula_wrong",                                                                                                                                 \
      "The formula “{0}” cannot be read at “{1}”: names of metrics, numbers, + - * /, min_of, "                                                               \
      "max_of and "                                                                                                                                                   \
      "parentheses.",                                                                                                                                                 \
      "Формулу «{0}» не прочитать у «{1}»: имена показателей, числа, + - * /, min_of, max_of и "                         \
      "скобки.")                                                                                                                                                      \
    X(formula_loop, "formula_loop",                                                                                                                                   \
      "The formula of “{0}” comes back to itself, or goes deeper than 16 formulas.",                                                                                  \
      "Формула «{0}» возвращается к себе или глубже 16 формул.")                                                                                                      \
    X(period_wrong, "period_wrong",                                                                                                                                   \
      "“{0}” is no period: this_month, last_quarter, last_30_days, 2026, 2026-Q3, 2026-07, all, "                                                                 \
      "or {\"from\":\"2026-07-01\",\"until\":\"2026-09-30\"}.",                                                                                                       \
      "«{0}» — не период: this_month, last_quarter, last_30_days, 2026, 2026-Q3, 2026-07, all "                                                           \
      "или "                                                                                                                                                       \
      "{\"from\":\"2026-07-01\",\"until\":\"2026-09-30\"}.")                                                                                                          \
    X(period_order, "period_order", "The period ends before it begins.",                                                                                              \
      "Период кончается раньше, чем начинается.")                                                                                                                     \
    X(share_sum, "share_sum",                                                                                                                                         \
      "“{0}” would add up shares, which makes no share: say it as a formula of what they are "                                                                    \
      "shares of.",                                                                                                                                                   \
      "«{0}» складывает доли, из чего доли не выйдет: запишите формулу из того, долями чего они " \
      "являются.")                                                                                                                                                    \
    X(parts_wrong, "parts_wrong",                                                                                                                                     \
      "“{0}” cannot be drawn as parts of a whole: shares and averages do "                                                                                        \
      "not add up. Take bars or a line.",                                                                                                                             \
      "«{0}» не показать как части целого: "                                                                                                \
      "доли и средние не складываются. "                                                                                                    \
      "Возьмите столбцы или линию.")                                                                                                                                  \
    X(one_of_words, "key_kind", "`{1}` of “{0}” has to be one of: {2}.",                                                                                              \
      "`{1}` в «{0}» — одно из: {2}.")                                                                                                                                \
    X(colors_wrong, "colors_wrong",                                                                                                                                   \
      "The colours of “{0}” name a metric of the report and two numbers, "                                                                                        \
      "from bad to good: 0.2..0.4.",                                                                                                                                  \
      "Цвета «{0}» называют показатель отчёта "                                                                                        \
      "и два числа, от плохого к хорошему: 0.2..0.4.")                                                                                                                \
    X(name_taken, "name_taken", "No report can be called “{0}”.",                                                                                                     \
      "Отчёт не может называться «{0}».")                                                                                                                             \
    X(may_not_author, "forbidden", "Your role may not build reports.",                                                                                                \
      "Ваша роль не может строить отчёты.")                                                                                                                           \
    X(may_not_export, "forbidden", "Your role may not export {0}.",                                                                                                   \
      "Ваша роль не может выгружать: {0}.")                                                                                                                           \
    X(format_wrong, "unknown_format", "“{0}” is no format of a report: csv, xlsx or pdf.",                                                                            \
      "«{0}» — не формат отчёта: csv, xlsx или pdf.")                                                                                                                 \
    X(moment_wrong, "moment_wrong", "“{0}” is no moment that has passed: 2026-09-30T18:00:00Z.",                                                                      \
      "«{0}» — не прошедший момент: 2026-09-30T18:00:00Z.")                                                                                                           \
    X(compare_wrong, "compare_wrong", "“{0}” is no comparison: previous or year_before.",                                                                             \
      "«{0}» — не сравнение: previous или year_before.")                                                                                                              \
    X(compare_all, "compare_all", "All time has nothing before it to compare with.",                                                                                  \
      "У всего времени нет предыдущего, с которым сравнить.")                                                                                                         \
    X(no_input, "unknown_input", "This report has no input “{0}”.",                                                                                                   \
      "В этом отчёте нет ввода «{0}».")                                                                                                                               \
    X(keys_wrong, "keys_wrong", "`keys` has one value for each dimension of the report, or none.",                                                                    \
      "В `keys` по значению на каждый разрез отчёта или ни одного.")                                                                                                  \
    X(value_wrong, "value_wrong", "“{0}” is no value of “{1}”.", "«{0}» — не значение «{1}».")                                                                        \
    X(body_wrong, "body_wrong", "`{0}` has to be {1}.", "`{0}` должно быть: {1}.")                                                                                    \
    X(drill_formula, "drill_formula", "“{0}” is computed from {1}: open one of them.",                                                                                \
      "«{0}» вычисляется из {1}: откройте один из них.")                                                                                                              \
    X(too_large, "figure_too_large", "The figure “{0}” is too large to be computed exactly.",                                                                         \
      "Показатель «{0}» слишком велик, чтобы вычислить его точно.")

#define REPORTS_TEXT_DEFINE(name, code, en, ru)                                                    \
    __attribute__((unused)) static const struct crm_text say_##name = {code, en, ru};
REPORTS_TEXTS(REPORTS_TEXT_DEFINE)
#undef REPORTS_TEXT_DEFINE

/* Sets the error with up to three arguments, taken from the variable ones; is the status itself, so
 * that analysis sees the path end. */
#define SAY(crm, err, status, text, ...)                                                           \
    ((void)(crm)->base->error_set(err, status, &say_##text, (const struct crm_str[]){__VA_ARGS__}, \
                                  sizeof((const struct crm_str[]){__VA_ARGS__}) /                  \
                                      sizeof(struct crm_str)),                                     \
     (crm_status)(status))

#endif
