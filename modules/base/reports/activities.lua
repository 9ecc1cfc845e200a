-- What people did and have to do, and by what figures are parted: the words that every module shares.

dimension "owner" {
  label = { en = "Employee", ru = "Сотрудник" }, by = "owner",
}
dimension "team" { label = { en = "Team", ru = "Команда" }, by = "owner.team" }
dimension "region" { label = { en = "Region", ru = "Регион" }, by = "owner.team.region" }
dimension "manager" { label = { en = "Manager", ru = "Руководитель" }, by = "owner.manager" }

dimension "day" { label = { en = "Day", ru = "День" }, period = "day" }
dimension "week" { label = { en = "Week", ru = "Неделя" }, period = "week" }
dimension "month" { label = { en = "Month", ru = "Месяц" }, period = "month" }
dimension "quarter" { label = { en = "Quarter", ru = "Квартал" }, period = "quarter" }
dimension "year" { label = { en = "Year", ru = "Год" }, period = "year" }

dimension "activity_kind" { label = { en = "Kind of activity", ru = "Вид дела" }, of = "activity", by = "kind" }
dimension "activity_status" { label = { en = "State of activity", ru = "Состояние дела" }, of = "activity", by = "status" }

metric "tasks_done" {
  label = { en = "Tasks done", ru = "Задач сделано" },
  note = { en = "Tasks by the day they were done.", ru = "Задачи по дню выполнения." },
  of = "activity", measure = "count()", where = "kind == 'task' and status == 'done'", on = "done_at",
}
metric "tasks_in_progress" {
  label = { en = "Tasks in progress", ru = "Задач в работе" },
  note = { en = "Open tasks as they stand now.", ru = "Открытые задачи на сейчас." },
  of = "activity", measure = "count()", where = "kind == 'task' and one_of(status, 'planned', 'in_progress')",
}
metric "tasks_overdue" {
  label = { en = "Tasks overdue", ru = "Задач просрочено" },
  note = { en = "Open tasks whose time has passed.", ru = "Открытые задачи, срок которых прошёл." },
  of = "activity", measure = "count()",
  where = "kind == 'task' and one_of(status, 'planned', 'in_progress') and due_at < now()",
}
metric "tasks_postponed" {
  label = { en = "Tasks postponed", ru = "Задач перенесено" },
  note = { en = "Open tasks that were put off at least once.", ru = "Открытые задачи, которые переносили хотя бы раз." },
  of = "activity", measure = "count()",
  where = "kind == 'task' and one_of(status, 'planned', 'in_progress') and postponed_count > 0",
}
metric "activities_done" {
  label = { en = "Activities done", ru = "Дел сделано" },
  note = { en = "Calls, meetings, tasks and mail; notes do not count.", ru = "Звонки, встречи, задачи и письма; заметки не в счёт." },
  of = "activity", measure = "count()", where = "status == 'done' and kind ~= 'note'", on = "done_at",
}
metric "calls" {
  label = { en = "Calls", ru = "Звонков" },
  of = "activity", measure = "count()", where = "kind == 'call' and status == 'done'", on = "done_at",
}
metric "calls_empty" {
  label = { en = "Calls of no length", ru = "Звонков без длительности" },
  note = { en = "Calls done of zero seconds: to be looked at before they count as work.", ru = "Завершённые звонки в ноль секунд: проверьте, прежде чем считать их работой." },
  of = "activity", measure = "count()", where = "kind == 'call' and status == 'done' and duration_seconds == 0", on = "done_at", flag_above = "0",
}
metric "meetings" {
  label = { en = "Meetings", ru = "Встреч" },
  of = "activity", measure = "count()", where = "one_of(kind, 'meeting', 'visit') and status == 'done'", on = "done_at",
}
metric "tasks_closed_at_once" {
  label = { en = "Tasks closed at once", ru = "Задач, закрытых сразу" },
  note = { en = "Tasks done within two minutes of being made.", ru = "Задачи, сделанные в две минуты после постановки." },
  of = "activity", measure = "count()",
  where = "kind == 'task' and status == 'done' and days((done_at - created_at) * 720) == 0", on = "done_at", flag_above = "0",
}

report "tasks_by_employee" {
  label = { en = "Tasks by employee", ru = "Задачи по сотрудникам" },
  help = { en = "Who has done what, and whose tasks are late?", ru = "Кто что сделал и чьи задачи опаздывают?" },
  group = "activity", period = "this_month", rows = "owner", filters = { "team" },
  measures = { "tasks_done", "tasks_in_progress", "tasks_overdue", "tasks_postponed" }, sort = "-tasks_overdue", chart = "stacked",
}
report "activity_by_employee" {
  label = { en = "Activity by employee", ru = "Активность сотрудников" },
  help = { en = "How much work stands behind the results, and does it look real?", ru = "Сколько работы стоит за результатами и похожа ли она на настоящую?" },
  group = "activity", period = "this_month", rows = "owner", filters = { "team", "activity_kind" },
  measures = { "activities_done", "calls", "meetings", "calls_empty", "tasks_closed_at_once" }, chart = "bars",
}
report "activity_by_day" {
  label = { en = "Activity by day", ru = "Активность по дням" },
  help = { en = "How does work spread over the days?", ru = "Как работа распределяется по дням?" },
  group = "activity", period = "last_30_days", rows = "day", filters = { "owner", "team" },
  measures = { "activities_done", "calls", "meetings" }, chart = "line",
}
report "activities_by_kind" {
  label = { en = "Activities by kind", ru = "Дела по видам" },
  help = { en = "What kind of work is done?", ru = "Какая работа делается?" },
  group = "activity", period = "this_month", compare = "previous", rows = "activity_kind", filters = { "owner", "team" },
  measures = { "activities_done" }, chart = "pie",
}

metric "tasks_due_today" {
  label = { en = "Tasks due today", ru = "Задач на сегодня" }, note = { en = "Open tasks whose day is today, those whose hour has passed too.", ru = "Открытые задачи со сроком сегодня, в том числе с прошедшим часом." },
  of = "activity", measure = "count()", where = "kind == 'task' and one_of(status, 'planned', 'in_progress') and day(due_at) == today()",
}
metric "tasks_due_week" {
  label = { en = "Tasks due this week", ru = "Задач на эту неделю" }, note = { en = "Open tasks due from today to the end of the week.", ru = "Открытые задачи со сроком с сегодня до конца недели." },
  of = "activity", measure = "count()",
  where = "kind == 'task' and one_of(status, 'planned', 'in_progress') and day(due_at) >= today() and day(due_at) < date_add(week(today()), 1, 'week')",
}
metric "tasks_undated" {
  label = { en = "Tasks without a day", ru = "Задач без срока" },
  of = "activity", measure = "count()", where = "kind == 'task' and one_of(status, 'planned', 'in_progress') and due_at == nil",
}
metric "tasks_done_lately" {
  label = { en = "Tasks done in 28 days", ru = "Задач сделано за 28 дней" }, note = { en = "Tasks done in the 28 days before today, whatever the period of the report.", ru = "Задачи, сделанные за 28 дней до сегодня, каким бы ни был период отчёта." },
  of = "activity", measure = "count()", where = "kind == 'task' and status == 'done' and day(done_at) >= date_add(today(), -28, 'day') and day(done_at) < today()",
}
metric "workload_days" {
  label = { en = "Days of work ahead", ru = "Дней работы впереди" },
  note = { en = "Open tasks by the tasks done a day in the last 28 days. More than ten days are marked.", ru = "Открытые задачи к числу задач, сделанных в день за последние 28 дней. Больше десяти дней отмечается." },
  formula = "tasks_in_progress / (tasks_done_lately / 28)", unit = "days", flag_above = "10",
}

dimension "task_when" {
  label = { en = "When it is due", ru = "Когда срок" }, of = "activity",
  by = "if_else(due_at == nil, '6_none', if_else(due_at < now(), '1_overdue', if_else(day(due_at) == today(), '2_today', if_else(day(due_at) < date_add(week(today()), 1, 'week'), '3_week', if_else(day(due_at) < date_add(week(today()), 2, 'week'), '4_next', '5_later')))))",
  labels = {
    ["1_overdue"] = { en = "Overdue", ru = "Просрочено" },
    ["2_today"] = { en = "Today", ru = "Сегодня" },
    ["3_week"] = { en = "Later this week", ru = "Позже на этой неделе" },
    ["4_next"] = { en = "Next week", ru = "На следующей неделе" },
    ["5_later"] = { en = "Later", ru = "Позже" },
    ["6_none"] = { en = "No day", ru = "Без срока" },
  },
}

report "workload" {
  label = { en = "Workload", ru = "Загрузка" },
  help = { en = "Who has more on the table than can be done?", ru = "У кого на столе больше, чем можно сделать?" },
  group = "activity", rows = "owner", filters = { "team", "manager" },
  measures = { "tasks_in_progress", "tasks_overdue", "tasks_due_today", "tasks_due_week", "tasks_undated", "tasks_done_lately", "workload_days" }, chart = "bars",
}
report "workload_ahead" {
  label = { en = "Workload ahead", ru = "Загрузка по срокам" },
  help = { en = "When does the work of each person fall due?", ru = "На когда у каждого назначена работа?" },
  group = "activity", rows = "owner", columns = "task_when", filters = { "team", "manager" }, measures = { "tasks_in_progress" }, chart = "stacked",
}
