-- What will come in, in three ways of reckoning; what was foretold beside what came; the pipeline then and now.

local function words(en, ru)
  return { en = en, ru = ru }
end

metric "forecast_weighted" {
  label = words("Forecast, weighted", "Прогноз, взвешенный"), note = words("Won in the period, and open deals expected in it times their probability.", "Выиграно за период и открытые сделки с ожиданием в нём, умноженные на вероятность."),
  formula = "revenue + expected_weighted",
}
metric "expected_commit" {
  label = words("Expected for certain", "Ожидается наверняка"), note = words("Open deals of the category Commit by the day they are expected to close.", "Открытые сделки категории «Обязательство» по ожидаемой дате."),
  of = "deal", measure = "sum(amount)", where = "stage.kind == 'open' and forecast_category == 'commit'", on = "expected_on",
}
metric "expected_best" {
  label = words("Expected at best", "Ожидается в лучшем случае"), note = words("Open deals of the categories Commit and Best case by the day they are expected to close.", "Открытые сделки категорий «Обязательство» и «Лучший случай» по ожидаемой дате."),
  of = "deal", measure = "sum(amount)", where = "stage.kind == 'open' and one_of(forecast_category, 'commit', 'best_case')", on = "expected_on",
}
metric "forecast_commit" { label = words("Forecast, certain", "Прогноз, наверняка"), note = words("Won in the period and expected for certain.", "Выиграно за период и ожидается наверняка."), formula = "revenue + expected_commit" }
metric "forecast_best" { label = words("Forecast, at best", "Прогноз, в лучшем случае"), note = words("Won in the period and expected at best.", "Выиграно за период и ожидается в лучшем случае."), formula = "revenue + expected_best" }
metric "forecast_low" { label = words("Forecast: at least", "Прогноз: не меньше"), note = words("The lowest of the four.", "Наименьший из четырёх."), formula = "min_of(forecast_weighted, forecast_commit, forecast_best, pace_revenue)" }
metric "forecast_high" { label = words("Forecast: at most", "Прогноз: не больше"), note = words("The highest of the four.", "Наибольший из четырёх."), formula = "max_of(forecast_weighted, forecast_commit, forecast_best, pace_revenue)" }
report "forecast_ways" {
  label = words("Forecast in four ways", "Прогноз четырьмя способами"),
  help = words("What will the period bring: by probability, by category, at this pace?", "Сколько принесёт период: по вероятности, по категориям, при таком темпе?"),
  group = "sales", period = "this_quarter", rows = "owner", filters = { "team", "manager" },
  measures = { "revenue", "forecast_weighted", "forecast_commit", "forecast_best", "pace_revenue", "forecast_low", "forecast_high" }, chart = "bars",
}
report "forecast_by_category" {
  label = words("Forecast by category", "Прогноз по категориям"),
  help = words("How certain is what is expected, month by month?", "Насколько надёжно ожидаемое, месяц за месяцем?"),
  group = "sales", period = "this_year", rows = "month", columns = "forecast_category", filters = { "owner", "team" }, measures = { "expected_amount" }, chart = "stacked",
}

local by = { owner = "owner", team = "owner.team", region = "owner.team.region", manager = "owner.manager", stage = "stage", pipeline = "stage.pipeline", forecast_category = "forecast_category" }
local function kept(name, measure, en, ru)
  metric("kept_" .. name) {
    label = words(en .. " in snapshots", ru .. " в снимках"), note = words("Added up over all snapshots of the period: only a step to the figure of a day.", "Сумма по всем снимкам периода: лишь шаг к показателю на день."),
    of = "pipeline_snapshot", measure = measure, where = "stage.kind == 'open'", on = "on", by = by,
  }
  metric(name .. "_then") {
    label = words(en .. " then", ru .. " тогда"), note = words("By the snapshot of the day; of several days, their average.", "По снимку дня; для нескольких дней — среднее."), formula = "kept_" .. name .. " / snapshot_days",
  }
end
metric "snapshot_days" {
  label = words("Days with a snapshot", "Дней со снимком"), note = words("Days on which something stood there.", "Дней, когда там что-то стояло."),
  of = "pipeline_snapshot", measure = "count_distinct(on)", where = "stage.kind == 'open'", on = "on", by = by,
}
kept("deals", "sum(deals)", "Open deals", "Открытых сделок")
kept("amount", "sum(amount)", "Open amount", "Сумма открытых")
kept("weighted", "sum(weighted)", "Weighted amount", "Взвешенная сумма")
metric "amount_change" { label = words("Change since then", "Изменение с тех пор"), note = words("Open amount now less open amount then.", "Сумма открытых сейчас минус тогда."), formula = "pipeline_amount - amount_then" }
report "pipeline_then_and_now" {
  label = words("Pipeline then and now", "Воронка тогда и сейчас"),
  help = words("How has the pipeline changed since that day?", "Как изменилась воронка с того дня?"),
  group = "sales", period = "yesterday", rows = "stage", filters = { "pipeline", "owner", "team" },
  measures = { "amount_then", "pipeline_amount", "amount_change", "deals_then", "deals_open", "weighted_then", "pipeline_weighted" }, chart = "bars",
}
report "pipeline_by_day" {
  label = words("Pipeline day by day", "Воронка день за днём"),
  help = words("Did the pipeline grow or shrink?", "Воронка росла или убывала?"),
  group = "sales", period = "last_30_days", rows = "day", filters = { "stage", "owner", "team" }, measures = { "amount_then", "deals_then", "weighted_then" }, chart = "line",
}
report "pipeline_by_week" {
  label = words("Pipeline week by week", "Воронка неделя за неделей"),
  help = words("How did the pipeline stand in each week, on average of its days?", "Какой была воронка каждую неделю в среднем по дням?"),
  group = "sales", period = "last_12_weeks", rows = "week", filters = { "stage", "owner", "team" }, measures = { "amount_then", "deals_then", "weighted_then" }, chart = "line",
}

local opening = "first_of_month and expected == month(on)"
metric "foretold" {
  label = words("Foretold at the beginning", "Предсказано в начале"),
  note = words("From the first snapshot of the month: won in it by then, and expected in it times the probability.", "По первому снимку месяца: выиграно к тому дню и ожидалось в нём с учётом вероятности."),
  of = "pipeline_snapshot", measure = "sum(weighted)", where = opening, on = "expected", by = by,
}
metric "foretold_commit" {
  label = words("Foretold for certain", "Предсказано наверняка"), note = words("From the first snapshot of the month: won in it by then, and expected of the category Commit.", "По первому снимку месяца: выиграно к тому дню и ожидалось по категории «Обязательство»."),
  of = "pipeline_snapshot", measure = "sum(amount)", where = opening .. " and (stage.kind == 'won' or forecast_category == 'commit')", on = "expected", by = by,
}
local function missed(name, en, ru)
  metric(name .. "_missed") {
    label = words(en, ru), note = words("By how much it was beside the won revenue, as a share of that. More than a fifth is marked.", "На сколько разошлось с выручкой, как доля от неё. Больше пятой части отмечается."),
    formula = "max_of(" .. name .. " - revenue, revenue - " .. name .. ") / revenue", unit = "percent", flag_above = "0.2",
  }
end
missed("foretold", "Missed by", "Промах")
missed("foretold_commit", "Missed by the certain", "Промах по надёжному")
report "forecast_accuracy" {
  label = words("How good forecasts were", "Точность прогнозов"),
  help = words("What was foretold at the beginning of each month, and what came?", "Что предсказывали в начале каждого месяца и что вышло?"),
  group = "sales", period = "last_12_months", rows = "month", filters = { "owner", "team" },
  measures = { "revenue", "foretold", "foretold_missed", "foretold_commit", "foretold_commit_missed" }, chart = "line",
}
