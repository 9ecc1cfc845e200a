-- Plan against fact: the goals of a period beside the very metrics that they are set for.

local function words(en, ru)
  return { en = en, ru = ru }
end
local persons = { owner = "person", team = "person.team", region = "person.team.region", manager = "person.manager" }
local teams = { team = "for_team", region = "for_team.region" }
local note = words("Goals that begin in the period, whole: a goal of a quarter stands in its first month.", "Цели, начинающиеся в периоде, целиком: цель на квартал стоит в его первом месяце.")

local function plan(metric_name, measure, en, ru)
  local of = "metric == '" .. metric_name .. "' and person "
  metric("plan_" .. metric_name) { label = words("Plan: " .. en, "План: " .. ru), note = note, of = "goal", measure = measure, where = of .. "~= nil", on = "starts_on", by = persons }
  metric("team_plan_" .. metric_name) { label = words("Team plan: " .. en, "План команды: " .. ru), note = note, of = "goal", measure = measure, where = of .. "== nil", on = "starts_on", by = teams }
  for _, of_whom in ipairs { "", "team_" } do
    metric(of_whom .. "plan_" .. metric_name .. "_done") {
      label = words((of_whom == "" and "Done: " or "Team done: ") .. en, (of_whom == "" and "Выполнено: " or "Выполнено командой: ") .. ru),
      note = words("Fact by plan of the same period.", "Факт к плану того же периода."), formula = metric_name .. " / " .. of_whom .. "plan_" .. metric_name, unit = "percent",
    }
  end
end
plan("revenue", "sum(amount)", "won revenue", "выручка")
plan("deals_won", "sum(target)", "won deals", "выигранные сделки")
plan("deals_new", "sum(target)", "new deals", "новые сделки")
plan("leads_converted", "sum(target)", "converted leads", "конвертированные лиды")
plan("activities_done", "sum(target)", "activities", "дела")
plan("calls", "sum(target)", "calls", "звонки")
plan("meetings", "sum(target)", "meetings", "встречи")

metric "pace_revenue" {
  label = words("Revenue at this pace", "Выручка при таком темпе"),
  note = words("Won revenue of the period so far, by the days gone, times all its days.", "Выручка периода на сегодня к прошедшим дням, умноженная на все дни."),
  formula = "revenue / days_gone * days_of_period",
}
metric "days_gone" { label = words("Days gone", "Прошло дней"), note = words("Of the period, today among them.", "Дней периода, вместе с сегодняшним."), input = "days_gone" }
metric "days_left" { label = words("Days left", "Осталось дней"), note = words("Of the period, behind today.", "Дней периода после сегодня."), input = "days_left" }
metric "days_of_period" { label = words("Days of the period", "Дней в периоде"), input = "days" }
metric "pace_done" {
  label = words("Plan at this pace", "План при таком темпе"), note = words("Revenue at this pace by the plan.", "Выручка при таком темпе к плану."), formula = "pace_revenue / plan_revenue", unit = "percent",
}

report "plan_fact" {
  label = words("Plan and fact", "План и факт"),
  help = words("Who keeps to the plan, and will it be met at this pace?", "Кто выполняет план и выйдет ли он при таком темпе?"),
  group = "sales", period = "this_quarter", rows = "owner", filters = { "team", "manager" },
  measures = { "plan_revenue_done", "plan_revenue", "revenue", "pace_revenue", "pace_done", "plan_deals_won", "deals_won", "plan_deals_won_done" }, chart = "bars",
}
report "plan_fact_by_month" {
  label = words("Plan and fact by month", "План и факт по месяцам"),
  help = words("How did plan and fact go from month to month?", "Как шли план и факт от месяца к месяцу?"),
  group = "sales", period = "this_year", rows = "month", filters = { "owner", "team", "manager" },
  measures = { "plan_revenue", "revenue", "plan_revenue_done", "plan_deals_won", "deals_won", "plan_deals_won_done" }, chart = "line",
}
report "plan_fact_by_team" {
  label = words("Plan and fact by team", "План и факт по командам"),
  help = words("Which team reaches what was set for it as a whole?", "Какая команда достигает поставленного ей целиком?"),
  group = "sales", period = "this_quarter", rows = "team", filters = { "region" },
  measures = { "team_plan_revenue_done", "team_plan_revenue", "revenue", "team_plan_deals_won", "deals_won", "team_plan_deals_won_done" }, chart = "bars",
}
report "plan_fact_of_work" {
  label = words("Plan and fact of work", "План и факт по работе"),
  help = words("Who does as much as was set: new deals, converted leads, calls, meetings?", "Кто делает столько, сколько поставлено: новые сделки, лиды, звонки, встречи?"),
  group = "activity", period = "this_month", rows = "owner", filters = { "team", "manager" },
  measures = {
    "plan_activities_done", "activities_done", "plan_activities_done_done", "plan_calls", "calls", "plan_calls_done", "plan_meetings", "meetings", "plan_meetings_done",
    "plan_deals_new", "deals_new", "plan_deals_new_done", "plan_leads_converted", "leads_converted", "plan_leads_converted_done",
  }, chart = "none",
}
