-- Profit by the lines of deals: what won ones earned, what open ones would, and what if prices, costs or volumes
-- were others. A line whose cost nobody knows is no profit: it is counted apart.

local by = {
  owner = "deal.owner", team = "deal.owner.team", region = "deal.owner.team.region", manager = "deal.owner.manager", product = "product",
  product_category = "product.category", product_series = "product.series", stage = "deal.stage", pipeline = "deal.pipeline", source = "deal.source",
  organization = "deal.organization", industry = "deal.organization.industry", country = "deal.organization.country", campaign = "deal.campaign",
  channel = "deal.campaign.channel",
}
local function lines(name, kind, on, labels)
  local costed = "deal.stage.kind == '" .. kind .. "' and coalesce(cost, product.cost) ~= nil"
  metric(name .. "_lines") { label = labels.amount, note = labels.note, of = "deal_line", measure = "sum(total)", where = costed, on = on, by = by }
  metric(name .. "_cost") { label = labels.cost, note = labels.cost_note, of = "deal_line", measure = "sum(coalesce(cost, product.cost) * quantity)", where = costed, on = on, by = by }
  metric(name .. "_uncosted") {
    label = labels.uncosted, note = { en = "They are in none of the sums beside them.", ru = "Они не входят ни в одну сумму рядом." },
    of = "deal_line", measure = "count()", where = "deal.stage.kind == '" .. kind .. "' and coalesce(cost, product.cost) == nil", on = on, by = by,
  }
end
lines("won", "won", "deal.closed_on", {
  amount = { en = "Sold by lines", ru = "Продано по позициям" }, cost = { en = "Cost of what was sold", ru = "Себестоимость проданного" },
  note = { en = "Lines of won deals whose cost is known, by the day of closing.", ru = "Позиции выигранных сделок с известной себестоимостью, по дате закрытия." },
  cost_note = { en = "The cost of the line, else that of the product, times the quantity.", ru = "Себестоимость позиции, иначе товара, на количество." },
  uncosted = { en = "Sold lines without a cost", ru = "Проданных позиций без себестоимости" },
})
lines("open", "open", nil, {
  amount = { en = "Open lines", ru = "Открытые позиции" }, cost = { en = "Cost of open lines", ru = "Себестоимость открытых позиций" },
  note = { en = "Lines of open deals whose cost is known, as they stand now.", ru = "Позиции открытых сделок с известной себестоимостью, на сейчас." },
  cost_note = { en = "What they would cost: of the line, else of the product, times the quantity.", ru = "Во что они обойдутся: себестоимость позиции, иначе товара, на количество." },
  uncosted = { en = "Open lines without a cost", ru = "Открытых позиций без себестоимости" },
})

metric "profit" { label = { en = "Profit", ru = "Прибыль" }, note = { en = "Sold by lines less its cost.", ru = "Продано по позициям минус себестоимость." }, formula = "won_lines - won_cost" }
metric "margin" { label = { en = "Margin", ru = "Маржа" }, note = { en = "Profit by what was sold.", ru = "Прибыль к проданному." }, formula = "profit / won_lines", unit = "percent" }
metric "potential_profit" { label = { en = "Potential profit", ru = "Возможная прибыль" }, note = { en = "Open lines less their cost, were all of them won.", ru = "Открытые позиции минус себестоимость, если выиграть все." }, formula = "open_lines - open_cost" }

metric "what_if_discount" { label = { en = "Further discount, %", ru = "Дополнительная скидка, %" }, note = { en = "Taken off every price.", ru = "Снимается с каждой цены." }, input = "0" }
metric "what_if_cost" { label = { en = "Change of costs, %", ru = "Изменение себестоимости, %" }, input = "0" }
metric "what_if_volume" { label = { en = "Change of quantities, %", ru = "Изменение количества, %" }, input = "0" }
metric "what_if_profit" {
  label = { en = "Profit then", ru = "Прибыль тогда" }, note = { en = "Potential profit at these prices, costs and quantities.", ru = "Возможная прибыль при таких ценах, себестоимости и количестве." },
  formula = "(1 + what_if_volume / 100) * (open_lines * (1 - what_if_discount / 100) - open_cost * (1 + what_if_cost / 100))",
}
metric "what_if_change" { label = { en = "Difference", ru = "Разница" }, note = { en = "Profit then less potential profit.", ru = "Прибыль тогда минус возможная прибыль." }, formula = "what_if_profit - potential_profit" }

local narrow = { "owner", "team", "product_category", "product_series", "pipeline" }
report "potential_profit" {
  label = { en = "Potential profit: what if", ru = "Возможная прибыль: а если" },
  help = { en = "What would open deals earn with other prices, costs, quantities or products?", ru = "Сколько принесут открытые сделки при других ценах, себестоимости, количестве или ассортименте?" },
  group = "sales", rows = "product", filters = narrow,
  measures = { "what_if_profit", "what_if_change", "potential_profit", "open_lines", "open_cost", "open_uncosted" }, chart = "bars",
}
report "profit_by_month" {
  label = { en = "Profit by month", ru = "Прибыль по месяцам" },
  help = { en = "What is left of what was sold, beside the year before?", ru = "Что остаётся от проданного рядом с прошлым годом?" },
  group = "sales", period = "last_12_months", compare = "year_before", rows = "month", filters = narrow,
  measures = { "profit", "margin", "won_lines", "won_cost", "won_uncosted" }, chart = "line",
}
report "profit_by_product" {
  label = { en = "Profit by product", ru = "Прибыль по товарам" },
  help = { en = "Which product earns, and which only sells?", ru = "Какой товар зарабатывает, а какой только продаётся?" },
  group = "sales", period = "this_year", rows = "product", filters = narrow,
  measures = { "profit", "margin", "won_lines", "won_cost", "won_uncosted" }, chart = "bars",
}
report "profit_by_customer" {
  label = { en = "Profit by customer", ru = "Прибыль по клиентам" },
  help = { en = "Which customers are the most profitable ones?", ru = "Какие клиенты самые прибыльные?" },
  group = "customers", period = "this_year", rows = "organization", filters = { "owner", "team", "industry" },
  measures = { "profit", "margin", "won_lines", "won_cost", "won_uncosted" }, limit = 20, chart = "bars",
}
