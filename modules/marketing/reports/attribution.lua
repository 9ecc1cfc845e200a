-- Which campaign made the customer buy: five answers side by side and how far they lie apart, for none is known to be
-- true; and the way from spend over requests and deals to profit.

local function words(en, ru)
  return { en = en, ru = ru }
end
local by = {
  campaign = "campaign", channel = "campaign.channel", source = "source", owner = "deal.owner", team = "deal.owner.team", region = "deal.owner.team.region",
  manager = "deal.owner.manager", product = "deal.product", pipeline = "deal.pipeline", organization = "deal.organization", industry = "deal.organization.industry",
}
-- Who has all or nothing needs no rounding; of parts, see deal_touch.
local function part_of(name)
  if name == "first" or name == "last" then return "deal.amount * " .. name .. "_share" end
  local before = "coalesce(" .. name .. "_before, 0)"
  return ("deal.amount * (%s + %s_share) - deal.amount * %s"):format(before, name, before)
end
local function model(name, en, ru, note_en, note_ru)
  metric("attributed_" .. name) {
    label = words("Revenue: " .. en, "Выручка: " .. ru), note = words(note_en, note_ru),
    of = "deal_touch", measure = "sum(" .. part_of(name) .. ")", where = "deal.stage.kind == 'won'", on = "deal.closed_on", by = by,
  }
end
model("first", "first touch", "первое касание", "All of a won deal to the first request of the customer.", "Вся выигранная сделка — первому обращению клиента.")
model("last", "last touch", "последнее касание", "All of a won deal to the last request before it was closed.", "Вся выигранная сделка — последнему обращению до закрытия.")
model("linear", "linear", "линейно", "A won deal in equal parts to all requests.", "Выигранная сделка поровну всем обращениям.")
model("decay", "time decay", "по давности", "More to the later: a request a week before the last one gets half as much.", "Поздним больше: обращение за неделю до последнего получает вдвое меньше.")
model("position", "by position", "по месту", "Two fifths to the first, two fifths to the last, one fifth to all between.", "Две пятых первому, две пятых последнему, пятая часть всем между ними.")

local all = "(attributed_first, attributed_last, attributed_linear, attributed_decay, attributed_position)"
metric "attributed_low" { label = words("Revenue: at least", "Выручка: не меньше"), note = words("The lowest of the five models.", "Наименьшее по пяти моделям."), formula = "min_of" .. all }
metric "attributed_high" { label = words("Revenue: at most", "Выручка: не больше"), note = words("The highest of the five models.", "Наибольшее по пяти моделям."), formula = "max_of" .. all }
metric "attributed_spread" {
  label = words("How far apart", "Разброс"), note = words("The highest less the lowest of the five models.", "Наибольшее минус наименьшее по пяти моделям."), formula = "attributed_high - attributed_low",
}
metric "attributed_share" {
  label = words("Revenue with a known way", "Выручка с известным путём"), note = words("Of the won revenue, that of deals with a request before them.", "Доля выручки по сделкам, перед которыми было обращение."),
  formula = "attributed_linear / revenue", unit = "percent",
}
metric "romi_low" { label = words("ROMI: at least", "ROMI: не меньше"), note = words("By the lowest of the five models.", "По наименьшей из пяти моделей."), formula = "(attributed_low - spend) / spend", unit = "percent" }
metric "romi_high" { label = words("ROMI: at most", "ROMI: не больше"), note = words("By the highest of the five models.", "По наибольшей из пяти моделей."), formula = "(attributed_high - spend) / spend", unit = "percent" }
metric "profit_after_spend" {
  label = words("Profit after spend", "Прибыль после расходов"), note = words("Profit by lines of won deals less what the campaign cost; lines without a cost are not in it.", "Прибыль по позициям выигранных сделок минус расходы; позиции без себестоимости не входят."),
  formula = "profit - spend",
}

local five = { "attributed_low", "attributed_high", "attributed_spread", "attributed_first", "attributed_last", "attributed_linear", "attributed_decay", "attributed_position" }
local function attribution(dimension_name, en, ru, filters)
  report("attribution_by_" .. dimension_name) {
    label = words("Attribution by " .. en, "Атрибуция по " .. ru),
    help = words("What did it bring, by five ways of reckoning?", "Сколько это принесло по пяти способам счёта?"),
    group = "marketing", period = "this_year", rows = dimension_name, filters = filters, measures = five, sort = "-attributed_high", chart = "bars",
  }
end
attribution("campaign", "campaign", "кампаниям", { "channel", "source", "product", "team" })
attribution("channel", "channel", "каналам", { "campaign", "source", "product", "team" })
attribution("source", "source", "источникам", { "campaign", "channel", "product", "team" })
report "attribution_known" {
  label = words("How much of revenue has a known way", "У какой части выручки известен путь"),
  help = words("Can attribution be trusted at all: how much of what was won began with a request that we know?", "Можно ли верить атрибуции: сколько выручки началось с известного обращения?"),
  group = "marketing", period = "this_year", rows = "month", filters = { "team", "product" }, measures = { "attributed_share", "revenue", "attributed_linear" }, chart = "line",
}
report "end_to_end" {
  label = words("From spend to profit", "Сквозная аналитика"),
  help = words("What became of the money, from the campaign over leads and deals to profit?", "Что стало с деньгами: от кампании через лиды и сделки до прибыли?"),
  group = "marketing", period = "this_year", rows = "campaign", filters = { "channel" },
  measures = {
    "spend", "leads_new", "leads_converted", "lead_conversion", "lead_price", "deals_new", "deals_won", "revenue", "profit", "profit_after_spend", "customer_price", "romi", "romi_low", "romi_high",
    "attributed_low", "attributed_high",
  },
  sort = "-revenue", chart = "bars",
}
