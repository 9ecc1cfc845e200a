-- What campaigns cost and bring: beside what the channels tell of themselves, what was sold here.

dimension "campaign" {
  label = { en = "Campaign", ru = "Кампания" },
  by = { campaign_spend = "campaign", lead = "campaign", deal = "campaign", organization = "campaign", contact = "campaign" },
}
dimension "channel" {
  label = { en = "Channel", ru = "Канал" },
  by = { campaign_spend = "channel", lead = "campaign.channel", deal = "campaign.channel" },
}

local function told(name, field, en, ru, note_en, note_ru)
  metric(name) {
    label = { en = en, ru = ru }, note = { en = note_en, ru = note_ru },
    of = "campaign_spend", measure = "sum(" .. field .. ")", on = "on",
  }
end
told("spend", "amount", "Spend", "Расходы", "What campaigns cost, by day.", "Сколько стоили кампании, по дням.")
told("impressions", "impressions", "Impressions", "Показы", "As the channels tell.", "По данным каналов.")
told("clicks", "clicks", "Clicks", "Клики", "As the channels tell.", "По данным каналов.")
told("told_leads", "leads", "Leads as told", "Лиды по данным каналов", "What the channels count as leads.", "Что каналы считают лидами.")
told("told_orders", "orders", "Orders as told", "Заказы по данным каналов", "What the channels count as orders.", "Что каналы считают заказами.")
told("told_revenue", "revenue", "Revenue as told", "Выручка по данным каналов", "What the channels count as revenue; the won revenue is another figure.", "Что каналы считают выручкой; выручка по выигранным сделкам — другой показатель.")

metric "click_rate" { label = { en = "Click rate", ru = "Кликабельность" }, note = { en = "Clicks by impressions.", ru = "Клики к показам." }, formula = "clicks / impressions", unit = "percent" }
metric "click_price" { label = { en = "Price of a click", ru = "Цена клика" }, note = { en = "Spend by clicks.", ru = "Расходы на клик." }, formula = "spend / clicks" }
metric "told_lead_price" { label = { en = "Price of a lead as told", ru = "Цена лида по данным каналов" }, note = { en = "Spend by what the channels count as leads.", ru = "Расходы на лид, как их считают каналы." }, formula = "spend / told_leads" }
metric "told_order_price" { label = { en = "Price of an order as told", ru = "Цена заказа по данным каналов" }, note = { en = "Spend by what the channels count as orders.", ru = "Расходы на заказ, как их считают каналы." }, formula = "spend / told_orders" }
metric "told_check" { label = { en = "Average order as told", ru = "Средний заказ по данным каналов" }, note = { en = "Revenue by orders, as the channels tell.", ru = "Выручка на заказ по данным каналов." }, formula = "told_revenue / told_orders" }
metric "told_romi" {
  label = { en = "Return on spend as told", ru = "ROMI по данным каналов" },
  note = { en = "Revenue as told less spend, by spend.", ru = "Выручка по данным каналов минус расходы, к расходам." },
  formula = "(told_revenue - spend) / spend", unit = "percent",
}
metric "lead_price" { label = { en = "Price of a lead", ru = "Цена лида" }, note = { en = "Spend by new leads of the same period.", ru = "Расходы на новый лид того же периода." }, formula = "spend / leads_new" }
metric "customer_price" {
  label = { en = "Price of a customer (CAC)", ru = "Цена клиента (CAC)" },
  note = { en = "Spend by customers who bought in the same period.", ru = "Расходы на покупателя того же периода." }, formula = "spend / customers_won",
}
metric "campaign_profit" { label = { en = "Won revenue less spend", ru = "Выручка минус расходы" }, note = { en = "Costs of goods are not in it.", ru = "Себестоимость не вычтена." }, formula = "revenue - spend" }
metric "romi" {
  label = { en = "Return on spend (ROMI)", ru = "ROMI" },
  note = { en = "Won revenue less spend, by spend, of the same period.", ru = "Выручка минус расходы к расходам того же периода." },
  formula = "(revenue - spend) / spend", unit = "percent",
}

report "campaign_results" {
  label = { en = "Campaigns as the channels tell", ru = "Кампании по данным каналов" },
  help = { en = "What does each campaign cost and bring, by the channel's own count?", ru = "Сколько стоит и приносит каждая кампания по счёту самого канала?" },
  group = "marketing", period = "this_month", compare = "previous", rows = "campaign", filters = { "channel" },
  measures = { "spend", "told_leads", "told_orders", "told_revenue", "told_lead_price", "told_order_price", "told_check", "told_romi" }, chart = "bars",
}
report "channel_clicks" {
  label = { en = "Clicks by channel", ru = "Клики по каналам" },
  help = { en = "Which channel is looked at, and what does a click cost?", ru = "Какой канал смотрят и сколько стоит клик?" },
  group = "marketing", period = "this_month", rows = "channel", filters = { "campaign" },
  measures = { "impressions", "clicks", "click_rate", "spend", "click_price" }, sort = "-spend", chart = "bars",
}
report "spend_by_day" {
  label = { en = "Spend by day", ru = "Расходы по дням" },
  help = { en = "How do spend and revenue as told go from day to day?", ru = "Как идут расходы и выручка по данным каналов день за днём?" },
  group = "marketing", period = "last_30_days", rows = "day", filters = { "campaign", "channel" }, measures = { "spend", "told_revenue", "told_romi" }, chart = "line",
}
report "channel_profitability" {
  label = { en = "Channels from spend to profit", ru = "Каналы от расхода до прибыли" },
  help = { en = "Which channel brings leads, business and profit here?", ru = "Какой канал приносит лиды, сделки и прибыль?" },
  group = "marketing", period = "this_year", rows = "channel", filters = { "campaign" },
  measures = { "spend", "leads_new", "leads_converted", "lead_conversion", "lead_price", "deals_won", "revenue", "customer_price", "campaign_profit", "romi" }, sort = "-revenue", chart = "bars",
}
report "campaign_profitability" {
  label = { en = "Campaigns from spend to profit", ru = "Кампании от расхода до прибыли" },
  help = { en = "Which campaign pays?", ru = "Какая кампания окупается?" },
  group = "marketing", period = "this_year", rows = "campaign", filters = { "channel" },
  measures = { "spend", "leads_new", "leads_converted", "lead_price", "deals_won", "revenue", "customer_price", "campaign_profit", "romi" }, sort = "-revenue", chart = "bars",
}
