-- Figures of deals: each defined once, named by every report, goal and alert.

dimension "stage" { label = { en = "Stage", ru = "Стадия" }, by = { deal = "stage", lead = "stage" }, order = "position" }
dimension "stage_kind" { label = { en = "Outcome", ru = "Исход" }, by = { deal = "stage.kind", lead = "stage.kind" } }
dimension "pipeline" { label = { en = "Pipeline", ru = "Воронка" }, by = { deal = "pipeline", lead = "pipeline" }, order = "position" }
dimension "source" { label = { en = "Source", ru = "Источник" }, by = { deal = "source", lead = "source", organization = "source", contact = "source" } }
dimension "product" { label = { en = "Product", ru = "Товар" }, of = "deal", by = "product" }
dimension "product_category" { label = { en = "Product category", ru = "Категория товара" }, of = "deal", by = "product.category" }
dimension "product_series" { label = { en = "Product series", ru = "Серия товара" }, of = "deal", by = "product.series" }
dimension "organization" { label = { en = "Customer", ru = "Клиент" }, of = "deal", by = "organization" }
dimension "industry" { label = { en = "Industry", ru = "Отрасль" }, of = "deal", by = "organization.industry" }
dimension "country" { label = { en = "Country", ru = "Страна" }, of = "deal", by = "organization.country" }
dimension "loss_reason" { label = { en = "Reason of loss", ru = "Причина проигрыша" }, of = "deal", by = "lost_reason" }
dimension "competitor" { label = { en = "Competitor", ru = "Конкурент" }, of = "deal", by = "competitor" }
dimension "forecast_category" { label = { en = "Forecast category", ru = "Категория прогноза" }, of = "deal", by = "forecast_category" }
dimension "budget_band" {
  label = { en = "Budget", ru = "Бюджет" }, of = "deal",
  by = "if_else(amount == nil, '6_none', if_else(amount < 1000, '1_under_1000', if_else(amount < 5000, '2_under_5000', if_else(amount < 20000, '3_under_20000', if_else(amount < 100000, '4_under_100000', '5_more')))))",
  labels = {
    ["6_none"] = { en = "No amount", ru = "Без суммы" },
    ["1_under_1000"] = { en = "under 1,000", ru = "до 1 000" },
    ["2_under_5000"] = { en = "1,000 to 5,000", ru = "1 000 – 5 000" },
    ["3_under_20000"] = { en = "5,000 to 20,000", ru = "5 000 – 20 000" },
    ["4_under_100000"] = { en = "20,000 to 100,000", ru = "20 000 – 100 000" },
    ["5_more"] = { en = "100,000 and more", ru = "100 000 и больше" },
  },
}

metric "deals_new" {
  label = { en = "New deals", ru = "Новых сделок" },
  note = { en = "Deals by the day they were started; where none is given, they stay out of periods.", ru = "Сделки по дате начала; без неё в период не попадают." },
  of = "deal", measure = "count()", on = "started_on",
}
metric "deals_new_amount" {
  label = { en = "Amount of new deals", ru = "Сумма новых сделок" },
  of = "deal", measure = "sum(amount)", on = "started_on",
}
metric "deals_open" {
  label = { en = "Open deals", ru = "Открытых сделок" },
  note = { en = "Deals in an open stage as they stand now.", ru = "Сделки в открытых стадиях на сейчас." },
  of = "deal", measure = "count()", where = "stage.kind == 'open'",
}
metric "pipeline_amount" {
  label = { en = "Open amount", ru = "Сумма открытых" },
  of = "deal", measure = "sum(amount)", where = "stage.kind == 'open'",
}
metric "pipeline_weighted" {
  label = { en = "Weighted amount", ru = "Взвешенная сумма" },
  note = { en = "Amounts of open deals times their probability.", ru = "Суммы открытых сделок, умноженные на вероятность." },
  of = "deal", measure = "sum(weighted)", where = "stage.kind == 'open'",
}
metric "deals" {
  label = { en = "Deals", ru = "Сделок" }, note = { en = "All deals, whatever their stage.", ru = "Все сделки в любой стадии." },
  of = "deal", measure = "count()",
}
metric "deals_won" {
  label = { en = "Won deals", ru = "Выиграно сделок" },
  note = { en = "Deals in a won stage, by the day they were closed.", ru = "Сделки в выигранной стадии по дате закрытия." },
  of = "deal", measure = "count()", where = "stage.kind == 'won'", on = "closed_on",
}
metric "deals_lost" {
  label = { en = "Lost deals", ru = "Проиграно сделок" },
  of = "deal", measure = "count()", where = "stage.kind == 'lost'", on = "closed_on",
}
metric "deals_closed" {
  label = { en = "Closed deals", ru = "Закрыто сделок" },
  note = { en = "Won and lost together.", ru = "Выигранные и проигранные вместе." },
  of = "deal", measure = "count()", where = "one_of(stage.kind, 'won', 'lost')", on = "closed_on",
}
metric "deals_won_of_all" {
  label = { en = "Won deals, all time", ru = "Выиграно за всё время" },
  of = "deal", measure = "count()", where = "stage.kind == 'won'",
}
metric "revenue" {
  label = { en = "Won revenue", ru = "Выручка" },
  note = { en = "Amounts of won deals by the day they were closed, in the company's currency at the rate of that day.", ru = "Суммы выигранных сделок по дате закрытия, в валюте компании по курсу того дня." },
  of = "deal", measure = "sum(amount)", where = "stage.kind == 'won'", on = "closed_on",
}
metric "lost_amount" {
  label = { en = "Lost amount", ru = "Потерянная сумма" },
  of = "deal", measure = "sum(amount)", where = "stage.kind == 'lost'", on = "closed_on",
}
metric "average_deal" {
  label = { en = "Average won deal", ru = "Средний чек" },
  note = { en = "Won revenue by won deals that have an amount.", ru = "Выручка на выигранную сделку с суммой." },
  of = "deal", measure = "avg(amount)", where = "stage.kind == 'won'", on = "closed_on",
}
metric "win_rate" {
  label = { en = "Win rate of closed deals", ru = "Доля выигранных из закрытых" },
  note = { en = "Won by won and lost. Of all deals, open ones too, is another figure.", ru = "Выигранные к выигранным и проигранным. Доля от всех, с открытыми, — другой показатель." },
  formula = "deals_won / deals_closed", unit = "percent",
}
metric "win_rate_of_all" {
  label = { en = "Win rate of all deals", ru = "Доля выигранных из всех" },
  note = { en = "Won by all deals, open ones too.", ru = "Выигранные ко всем сделкам, с открытыми." },
  formula = "deals_won_of_all / deals", unit = "percent",
}
metric "sale_days" {
  label = { en = "Days to win", ru = "Дней до победы" },
  note = { en = "Average days from the start of a deal to its closing, of won deals with both dates.", ru = "Среднее число дней от начала до закрытия, по выигранным сделкам с обеими датами." },
  of = "deal", measure = "avg(closed_on - started_on)", where = "stage.kind == 'won'", on = "closed_on", unit = "days",
}
metric "sale_days_lost" {
  label = { en = "Days to lose", ru = "Дней до проигрыша" },
  of = "deal", measure = "avg(closed_on - started_on)", where = "stage.kind == 'lost'", on = "closed_on", unit = "days",
}
metric "sale_days_median" {
  label = { en = "Days to win, median", ru = "Дней до победы, медиана" },
  of = "deal", measure = "median(closed_on - started_on)", where = "stage.kind == 'won'", on = "closed_on", unit = "days",
}
metric "stuck_deals" {
  label = { en = "Stuck deals", ru = "Застрявших сделок" },
  note = { en = "Open deals longer in their stage than it allows.", ru = "Открытые сделки, которые стоят в стадии дольше её предела." },
  of = "deal", measure = "count()",
  where = "stage.kind == 'open' and stage.limit_days ~= nil and day(stage_since) + stage.limit_days < today()",
}
metric "stuck_amount" {
  label = { en = "Stuck amount", ru = "Сумма застрявших" },
  of = "deal", measure = "sum(amount)",
  where = "stage.kind == 'open' and stage.limit_days ~= nil and day(stage_since) + stage.limit_days < today()",
}
metric "deals_without_step" {
  label = { en = "Deals without a next step", ru = "Сделок без следующего шага" },
  note = { en = "Open deals about which nothing is planned.", ru = "Открытые сделки, по которым ничего не запланировано." },
  of = "deal", measure = "count()", where = "stage.kind == 'open' and open_activities == 0",
}
metric "deals_without_step_amount" {
  label = { en = "Amount without a next step", ru = "Сумма без следующего шага" },
  of = "deal", measure = "sum(amount)", where = "stage.kind == 'open' and open_activities == 0",
}
metric "deals_without_amount" {
  label = { en = "Open deals without an amount", ru = "Открытых сделок без суммы" },
  of = "deal", measure = "count()", where = "stage.kind == 'open' and amount == nil",
}
metric "deals_without_organization" {
  label = { en = "Open deals without a customer", ru = "Открытых сделок без клиента" },
  of = "deal", measure = "count()", where = "stage.kind == 'open' and organization == nil",
}
metric "deals_past_expected" {
  label = { en = "Open deals past their day", ru = "Открытых сделок с прошедшей датой" },
  note = { en = "Open deals whose expected close has passed.", ru = "Открытые сделки, ожидаемое закрытие которых прошло." },
  of = "deal", measure = "count()", where = "stage.kind == 'open' and expected_on < today()",
}
metric "expected_amount" {
  label = { en = "Expected amount", ru = "Ожидаемая сумма" },
  note = { en = "Open deals by the day they are expected to close.", ru = "Открытые сделки по ожидаемой дате закрытия." },
  of = "deal", measure = "sum(amount)", where = "stage.kind == 'open'", on = "expected_on",
}
metric "expected_weighted" {
  label = { en = "Expected amount, weighted", ru = "Ожидаемая сумма, взвешенная" },
  of = "deal", measure = "sum(weighted)", where = "stage.kind == 'open'", on = "expected_on",
}
metric "customers_won" {
  label = { en = "Customers who bought", ru = "Покупателей" },
  of = "deal", measure = "count_distinct(organization)", where = "stage.kind == 'won'", on = "closed_on",
}

report "pipeline_by_stage" {
  label = { en = "Pipeline by stage", ru = "Воронка по стадиям" },
  help = { en = "How many deals stand in each stage, and what are they worth?", ru = "Сколько сделок стоит в каждой стадии и на какую сумму?" },
  group = "sales", rows = "stage", filters = { "pipeline", "owner", "team", "product" },
  measures = { "deals_open", "pipeline_amount", "pipeline_weighted" }, chart = "funnel",
}
report "deals_by_stage" {
  label = { en = "All deals by stage", ru = "Все сделки по стадиям" },
  help = { en = "Where do all deals stand, closed ones too?", ru = "Где стоят все сделки, включая закрытые?" },
  group = "sales", rows = "stage", filters = { "pipeline", "owner", "team" }, measures = { "deals" }, chart = "bars",
}
report "revenue_by_month" {
  label = { en = "Won revenue by month", ru = "Выручка по месяцам" },
  help = { en = "How does revenue go, beside the year before?", ru = "Как идёт выручка рядом с прошлым годом?" },
  group = "sales", period = "last_12_months", compare = "year_before", rows = "month", filters = { "owner", "team", "product", "pipeline" },
  measures = { "revenue", "deals_won", "average_deal" }, chart = "line",
}
report "revenue_by_quarter" {
  label = { en = "Won revenue by quarter", ru = "Выручка по кварталам" },
  help = { en = "How does revenue go from quarter to quarter?", ru = "Как идёт выручка от квартала к кварталу?" },
  group = "sales", period = "all", rows = "quarter", filters = { "owner", "team", "product" },
  measures = { "revenue", "deals_won", "average_deal" }, chart = "bars",
}
report "revenue_by_year" {
  label = { en = "Won revenue by year", ru = "Выручка по годам" },
  help = { en = "How does revenue go from year to year?", ru = "Как идёт выручка от года к году?" },
  group = "sales", period = "all", rows = "year", filters = { "owner", "team", "product" },
  measures = { "revenue", "deals_won", "average_deal" }, chart = "bars",
}
report "closed_and_open" {
  label = { en = "Closed and open sales", ru = "Закрытые и открытые продажи" },
  help = { en = "What was won and lost in the period, and what is still open?", ru = "Что выиграно и проиграно за период и что ещё открыто?" },
  group = "sales", period = "this_quarter", compare = "previous", filters = { "owner", "team", "product" },
  measures = { "deals_won", "revenue", "deals_lost", "lost_amount", "win_rate", "deals_open", "pipeline_amount" }, chart = "none",
}
report "sale_length" {
  label = { en = "Length of a sale", ru = "Длительность продажи" },
  help = { en = "How long does it take to win, and to lose?", ru = "Сколько времени нужно, чтобы выиграть и чтобы проиграть?" },
  group = "sales", period = "this_year", rows = "owner", filters = { "team", "product" },
  measures = { "sale_days", "sale_days_median", "sale_days_lost", "deals_won" }, sort = "sale_days", chart = "bars",
}
report "lost_by_reason" {
  label = { en = "Lost deals by reason", ru = "Проигранные сделки по причинам" },
  help = { en = "Why is business lost, and how much?", ru = "Почему теряются сделки и на сколько?" },
  group = "sales", period = "this_year", rows = "loss_reason", filters = { "owner", "team", "product" },
  measures = { "deals_lost", "lost_amount" }, chart = "pie",
}
report "lost_by_competitor" {
  label = { en = "Lost deals by competitor", ru = "Проигранные сделки по конкурентам" },
  help = { en = "To whom is business lost?", ru = "Кому уходят сделки?" },
  group = "sales", period = "this_year", rows = "competitor", filters = { "owner", "team" },
  measures = { "deals_lost", "lost_amount" }, chart = "bars",
}
report "new_deals_by_budget" {
  label = { en = "New deals by budget", ru = "Новые сделки по бюджету" },
  help = { en = "How large are the deals that come in?", ru = "Какого размера приходят сделки?" },
  group = "sales", period = "this_quarter", compare = "previous", rows = "budget_band", filters = { "owner", "team" },
  measures = { "deals_new", "deals_new_amount" }, chart = "bars",
}
report "best_customers" {
  label = { en = "Most profitable customers", ru = "Самые прибыльные клиенты" },
  help = { en = "Who brings the revenue?", ru = "Кто приносит выручку?" },
  group = "customers", period = "this_year", rows = "organization", filters = { "owner", "team", "industry" },
  measures = { "revenue", "deals_won", "average_deal" }, limit = 20, chart = "bars",
}
report "stuck" {
  label = { en = "Stuck deals by stage", ru = "Застрявшие сделки по стадиям" },
  help = { en = "Where do deals wait too long, and whose are they?", ru = "Где сделки ждут слишком долго и чьи они?" },
  group = "sales", rows = { "stage", "owner" }, filters = { "team", "pipeline" },
  measures = { "stuck_deals", "stuck_amount" }, chart = "stacked",
}
report "without_next_step" {
  label = { en = "Deals without a next step", ru = "Сделки без следующего шага" },
  help = { en = "Whose open deals has everybody forgotten?", ru = "Чьи открытые сделки забыты?" },
  group = "sales", rows = "owner", filters = { "team", "stage" },
  measures = { "deals_without_step", "deals_without_step_amount", "deals_open" }, chart = "bars",
}
report "rating" {
  label = { en = "Rating of employees", ru = "Рейтинг сотрудников" },
  help = { en = "Who sells most, and by which definition?", ru = "Кто продаёт больше всех и по какому счёту?" },
  group = "sales", period = "this_year", rows = "owner", filters = { "team", "product" },
  measures = { "revenue", "deals_won", "deals_lost", "average_deal", "win_rate", "win_rate_of_all" }, chart = "bars",
}
report "managers" {
  label = { en = "Results by manager", ru = "Результаты по руководителям" },
  help = { en = "Which department wins how much?", ru = "Какой отдел сколько выигрывает?" },
  group = "sales", period = "this_year", rows = "manager", filters = { "region" },
  measures = { "deals_won", "deals_lost", "revenue", "win_rate" }, sort = "-revenue", chart = "bars",
}
report "sales_by_region" {
  label = { en = "Sales by region", ru = "Продажи по регионам" },
  help = { en = "Where does revenue come from?", ru = "Откуда идёт выручка?" },
  group = "sales", period = "this_year", rows = "region", filters = { "product" }, measures = { "revenue", "deals_won", "win_rate" }, chart = "pie",
}
report "top_products" {
  label = { en = "Sales by product", ru = "Продажи по товарам" },
  help = { en = "What sells best?", ru = "Что продаётся лучше всего?" },
  group = "sales", period = "this_year", rows = "product", filters = { "owner", "team", "industry" },
  measures = { "revenue", "deals_won", "average_deal", "win_rate" }, limit = 20, chart = "bars",
}
report "sales_by_category" {
  label = { en = "Sales by product category", ru = "Продажи по категориям" },
  help = { en = "Which line of products brings what?", ru = "Какое направление что приносит?" },
  group = "sales", period = "this_year", rows = "product_category", columns = "quarter", filters = { "team" }, measures = { "revenue" }, chart = "stacked",
}
report "sales_by_industry" {
  label = { en = "Sales by industry", ru = "Продажи по отраслям" },
  help = { en = "Which industries buy?", ru = "Какие отрасли покупают?" },
  group = "customers", period = "this_year", rows = "industry", filters = { "team", "product" },
  measures = { "revenue", "deals_won", "customers_won" }, chart = "bars",
}
report "deals_by_source" {
  label = { en = "Deals by source", ru = "Сделки по источникам" },
  help = { en = "Where do deals come from, and which of them are won?", ru = "Откуда приходят сделки и какие из них выигрываются?" },
  group = "sales", rows = "source", filters = { "team" }, measures = { "deals", "deals_won_of_all", "win_rate_of_all" }, chart = "bars",
}
report "forecast" {
  label = { en = "Forecast by month", ru = "Прогноз по месяцам" },
  help = { en = "What is expected to come in, in full and by probability?", ru = "Что ожидается: полностью и с учётом вероятности?" },
  group = "sales", period = "this_year", rows = "month", filters = { "owner", "team", "forecast_category" },
  measures = { "expected_amount", "expected_weighted" }, chart = "bars",
}
report "deal_quality" {
  label = { en = "Quality of deals", ru = "Качество сделок" },
  help = { en = "What has to be put right before figures can be trusted?", ru = "Что исправить, чтобы цифрам можно было верить?" },
  group = "quality", rows = "owner", filters = { "team" },
  measures = { "deals_without_amount", "deals_without_organization", "deals_past_expected", "deals_without_step", "deals_open" }, sort = "-deals_past_expected", chart = "stacked",
}
