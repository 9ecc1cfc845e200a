-- Figures of how deals moved, from the log of stages: moves that were undone, that an import brought along
-- without their time, and those of deals in the trash stay out.

local moved = "record.deal ~= nil and record.deal.deleted_at == nil and not imported and not reverted"
local onward = " and from ~= nil and (to.kind == 'won' or (to.kind == 'open' and to.position > from.position))"
local began = "coalesce(record.deal.started_on, day(record.deal.created_at))"

-- By what moves are parted: `stage` is the one that was entered or the one that was left.
local function by(stage)
  return {
    stage = stage, owner = "record.deal.owner", team = "record.deal.owner.team", region = "record.deal.owner.team.region",
    manager = "record.deal.owner.manager", product = "record.deal.product", pipeline = "pipeline", source = "record.deal.source",
  }
end

metric "deals_entered" {
  label = { en = "Entries into the stage", ru = "Входов в стадию" },
  note = { en = "Moves into the stage by their time; a deal that came twice counts twice.", ru = "Переходы в стадию по их времени; сделка, пришедшая дважды, считается дважды." },
  of = "stage_change", measure = "count()", where = moved, on = "at", by = by "to",
}
metric "deals_left" {
  label = { en = "Moves out of the stage", ru = "Выходов из стадии" },
  note = { en = "Moves out of the stage by their time, onwards, back or to the end.", ru = "Переходы из стадии по их времени: дальше, назад или к концу." },
  of = "stage_change", measure = "count()", where = moved .. " and from ~= nil", on = "at", by = by "from",
}
metric "deals_moved_on" {
  label = { en = "Moves onwards", ru = "Переходов дальше" },
  note = { en = "Moves out of the stage to a later open one or to a won one.", ru = "Переходы из стадии в более позднюю открытую или в выигранную." },
  of = "stage_change", measure = "count()", where = moved .. onward, on = "at", by = by "from",
}
metric "conversion_to_next" {
  label = { en = "Conversion to the next stage", ru = "Конверсия в следующую стадию" },
  note = { en = "Of the moves out of the stage in the period, those onwards.", ru = "Доля переходов дальше среди выходов из стадии за период." },
  formula = "deals_moved_on / deals_left", unit = "percent",
}
metric "days_in_stage" {
  label = { en = "Days in the stage", ru = "Дней в стадии" },
  note = { en = "Average days in the stage of the deals that left it in the period.", ru = "Среднее число дней в стадии по сделкам, вышедшим из неё за период." },
  of = "stage_change", measure = "avg(seconds / 86400)", where = moved .. " and from ~= nil", on = "at", by = by "from", unit = "days",
}
metric "median_days_in_stage" {
  label = { en = "Days in the stage, median", ru = "Дней в стадии, медиана" },
  of = "stage_change", measure = "median(seconds / 86400)", where = moved .. " and from ~= nil", on = "at", by = by "from", unit = "days",
}
metric "p90_days_in_stage" {
  label = { en = "Days in the stage, nine of ten", ru = "Дней в стадии, девять из десяти" },
  note = { en = "Nine of ten moves out of the stage came within so many days.", ru = "Девять из десяти выходов из стадии случились за это число дней." },
  of = "stage_change", measure = "percentile(seconds / 86400, 0.9)", where = moved .. " and from ~= nil", on = "at", by = by "from", unit = "days",
}
metric "cohort_reached" {
  label = { en = "Deals that reached the stage", ru = "Сделок дошло до стадии" },
  note = { en = "Deals begun in the period that ever came to the stage, each once.", ru = "Сделки, начатые в периоде, которые хоть раз пришли в стадию; каждая один раз." },
  of = "stage_change", measure = "count_distinct(record)", where = moved, on = began, by = by "to",
}
metric "cohort_under_way" {
  label = { en = "Deals that could move on", ru = "Сделок, которым было куда идти" },
  note = { en = "Deals begun in the period that ever came to the stage, when it is not one of the end.", ru = "Сделки, начатые в периоде, которые хоть раз пришли в стадию, если она не конечная." },
  of = "stage_change", measure = "count_distinct(record)", where = moved .. " and to.kind ~= 'won' and to.kind ~= 'lost'", on = began, by = by "to",
}
metric "cohort_moved_on" {
  label = { en = "Deals that moved on", ru = "Сделок прошло дальше" },
  note = { en = "Deals begun in the period that ever moved from the stage to a later open one or a won one, each once.", ru = "Сделки, начатые в периоде, которые хоть раз ушли из стадии в более позднюю открытую или в выигранную; каждая один раз." },
  of = "stage_change", measure = "count_distinct(record)", where = moved .. onward, on = began, by = by "from",
}
metric "cohort_conversion" {
  label = { en = "Conversion of the cohort", ru = "Конверсия когорты" },
  note = { en = "Of the deals begun in the period that reached the stage, those that moved on; from a stage of the end nothing does.", ru = "Доля прошедших дальше среди сделок, начатых в периоде и дошедших до стадии; из конечной идти некуда." },
  formula = "cohort_moved_on / cohort_under_way", unit = "percent",
}

dimension "sale_length" {
  label = { en = "Length of the sale", ru = "Длительность продажи" }, of = "deal",
  by = "if_else(closed_on == nil or started_on == nil, '6_unknown', if_else(closed_on - started_on <= 14, '1_to_14', if_else(closed_on - started_on <= 30, '2_to_30', if_else(closed_on - started_on <= 60, '3_to_60', if_else(closed_on - started_on <= 90, '4_to_90', '5_more')))))",
  labels = {
    ["1_to_14"] = { en = "up to 14 days", ru = "до 14 дней" },
    ["2_to_30"] = { en = "15 to 30 days", ru = "15–30 дней" },
    ["3_to_60"] = { en = "31 to 60 days", ru = "31–60 дней" },
    ["4_to_90"] = { en = "61 to 90 days", ru = "61–90 дней" },
    ["5_more"] = { en = "more than 90 days", ru = "больше 90 дней" },
    ["6_unknown"] = { en = "not known", ru = "неизвестно" },
  },
}

report "stage_velocity" {
  label = { en = "Stage velocity", ru = "Скорость движения по стадиям" },
  help = { en = "How long do deals stay in each stage, and how many go on?", ru = "Сколько сделки стоят в каждой стадии и какая доля идёт дальше?" },
  group = "sales", period = "last_quarter", compare = "previous", rows = "stage", filters = { "pipeline", "owner", "team", "product" },
  measures = { "deals_entered", "median_days_in_stage", "p90_days_in_stage", "conversion_to_next" }, chart = "bars",
}
report "stage_velocity_by_employee" {
  label = { en = "Whose delay", ru = "У кого задержка" },
  help = { en = "In whose hands do deals wait longest?", ru = "У кого сделки ждут дольше всего?" },
  group = "sales", period = "last_quarter", rows = "owner", columns = "stage", filters = { "pipeline", "team", "product" },
  measures = { "deals_left", "median_days_in_stage" }, chart = "heat",
}
report "funnel" {
  label = { en = "Funnel", ru = "Воронка с конверсией" },
  help = { en = "Of the deals begun in the period, how many came how far?", ru = "Сколько сделок, начатых в периоде, до какой стадии дошло?" },
  group = "sales", period = "this_year", rows = "stage", filters = { "pipeline", "owner", "team", "product", "source" },
  measures = { "cohort_reached", "cohort_moved_on", "cohort_conversion" }, chart = "funnel",
}
report "funnel_by_cohort" {
  label = { en = "Funnel by cohort", ru = "Воронка по когортам" },
  help = { en = "Do later months go further than earlier ones?", ru = "Идут ли поздние месяцы дальше ранних?" },
  group = "sales", period = "last_12_months", rows = "month", columns = "stage", filters = { "pipeline", "owner", "team", "product", "source" },
  measures = { "cohort_reached", "cohort_conversion" }, chart = "heat",
}
report "drawn_out_deals" {
  label = { en = "What drawn-out deals earn", ru = "Что приносят затянутые сделки" },
  help = { en = "Does patience pay: win rate and amount by the length of the sale?", ru = "Окупается ли терпение: доля побед и сумма по длительности продажи?" },
  group = "sales", period = "this_year", rows = "sale_length", filters = { "owner", "team", "product", "pipeline" },
  measures = { "deals_closed", "deals_won", "win_rate", "revenue", "average_deal" }, chart = "bars",
}
