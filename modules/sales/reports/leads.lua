-- Figures of leads: what came in, how quickly it was answered, what it became.

metric "leads_new" {
  label = { en = "New leads", ru = "Новых лидов" },
  note = { en = "Leads by the day they came in.", ru = "Лиды по дню поступления." },
  of = "lead", measure = "count()", on = "created_at",
}
metric "leads_processed" {
  label = { en = "Processed leads", ru = "Обработанных лидов" },
  note = { en = "Leads of the period that were answered or decided.", ru = "Лиды периода, на которые ответили или по которым принято решение." },
  of = "lead", measure = "count()", where = "first_response_at ~= nil or stage.kind ~= 'open'", on = "created_at",
}
metric "leads_ignored" {
  label = { en = "Ignored leads", ru = "Лидов без ответа" },
  note = { en = "Open leads of the period whose time to answer has passed without one.", ru = "Открытые лиды периода, срок ответа на которые прошёл." },
  of = "lead", measure = "count()", where = "stage.kind == 'open' and first_response_at == nil and respond_by < now()", on = "created_at",
}
metric "leads_converted" {
  label = { en = "Converted leads", ru = "Конвертированных лидов" },
  note = { en = "Leads of the period that became business, whenever they did.", ru = "Лиды периода, ставшие сделками, когда бы это ни случилось." },
  of = "lead", measure = "count()", where = "stage.kind == 'won'", on = "created_at",
}
metric "leads_refused" {
  label = { en = "Refused leads", ru = "Отказов по лидам" },
  of = "lead", measure = "count()", where = "stage.kind == 'lost'", on = "created_at",
}
metric "lead_conversion" {
  label = { en = "Conversion of leads", ru = "Конверсия лидов" },
  note = { en = "Converted by new leads of the same period.", ru = "Конвертированные к новым лидам того же периода." },
  formula = "leads_converted / leads_new", unit = "percent",
}
metric "first_response_median" {
  label = { en = "First response, median", ru = "Первый ответ, медиана" },
  note = { en = "Hours from coming in to the first answer, of leads that were answered.", ru = "Часов от поступления до первого ответа, по лидам с ответом." },
  of = "lead", measure = "median((first_response_at - created_at) * 24)", where = "first_response_at ~= nil", on = "created_at", unit = "hours",
}

dimension "lead_outcome" {
  label = { en = "What became of it", ru = "Чем кончилось" }, of = "lead",
  by = "if_else(stage.kind == 'won', 'converted', if_else(stage.kind == 'lost', 'refused', if_else(first_response_at == nil, 'waiting', 'in_work')))",
  labels = {
    waiting = { en = "Waiting for an answer", ru = "Ждёт ответа" },
    in_work = { en = "In work", ru = "В работе" },
    converted = { en = "Converted", ru = "Конвертирован" },
    refused = { en = "Refused", ru = "Отказ" },
  },
}
dimension "refusal_reason" { label = { en = "Reason of refusal", ru = "Причина отказа" }, of = "lead", by = "lost_reason" }

report "new_leads" {
  label = { en = "New leads", ru = "Новые лиды" },
  help = { en = "What became of the leads of the period, and how fast were they answered?", ru = "Что стало с лидами периода и как быстро на них ответили?" },
  group = "leads", period = "this_month", compare = "previous", rows = "source", filters = { "owner", "team" },
  measures = { "leads_new", "leads_processed", "leads_ignored", "leads_converted", "lead_conversion", "first_response_median" }, sort = "-leads_new", chart = "stacked",
}
report "leads_by_outcome" {
  label = { en = "Leads by outcome", ru = "Лиды по исходу" },
  help = { en = "Where do the leads of the period stand?", ru = "Где сейчас лиды периода?" },
  group = "leads", period = "this_month", rows = "lead_outcome", filters = { "owner", "team", "source" }, measures = { "leads_new" }, chart = "pie",
}
report "leads_by_day" {
  label = { en = "Leads by day", ru = "Лиды по дням" },
  help = { en = "When do leads come in?", ru = "Когда приходят лиды?" },
  group = "leads", period = "last_30_days", rows = "day", filters = { "source", "team" }, measures = { "leads_new", "leads_converted" }, chart = "line",
}
report "leads_by_employee" {
  label = { en = "Leads by employee", ru = "Лиды по сотрудникам" },
  help = { en = "Who takes leads up, and who lets them lie?", ru = "Кто берёт лиды в работу, а у кого они лежат?" },
  group = "leads", period = "this_month", rows = "owner", filters = { "team", "source" },
  measures = { "leads_new", "leads_processed", "leads_ignored", "leads_converted", "lead_conversion", "first_response_median" }, chart = "bars",
}
report "refusals" {
  label = { en = "Why leads are refused", ru = "Почему отказываются от лидов" },
  help = { en = "What is wrong with the leads that come in?", ru = "Что не так с приходящими лидами?" },
  group = "leads", period = "this_month", rows = "refusal_reason", filters = { "source", "team" }, measures = { "leads_refused" }, chart = "pie",
}
