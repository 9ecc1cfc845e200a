-- The pipeline as it stood, kept each night: what no later change of a deal can change any more.

entity "pipeline_snapshot" {
  label = { en = "Snapshot of the pipeline", ru = "Снимок воронки" },
  label_plural = { en = "Snapshots of the pipeline", ru = "Снимки воронки" },
  title = "key",
  fields = {
    key = text { unique = true, max = 200, label = { en = "Once", ru = "Единожды" } },
    on = date { required = true, sort = true, label = { en = "Day", ru = "День" } },
    stage = ref "stage" { label = { en = "Stage", ru = "Стадия" } },
    expected = date { label = { en = "Expected month", ru = "Ожидаемый месяц" } },
    forecast_category = choice "forecast_category" { label = { en = "Forecast category", ru = "Категория прогноза" } },
    deals = integer { label = { en = "Deals", ru = "Сделок" } },
    amount = money { rate_on = "on", label = { en = "Amount", ru = "Сумма" } },
    weighted = money { rate_on = "on", label = { en = "Weighted amount", ru = "Взвешенная сумма" } },
    first_of_month = boolean { label = { en = "First of its month", ru = "Первый в месяце" } },
  },
}
role "sales" { entities = { pipeline_snapshot = { read = "team == my_team() or owner == me()" } } }
role "head" { entities = { pipeline_snapshot = { read = "one_of(team, my_tree()) or owner == me()", export = true } } }

local function keep(row, on, expected, first)
  local owner = row.owner
  crm.create("pipeline_snapshot", {
    key = table.concat({ on, owner and owner.id or "-", row.stage.id, expected or "-", row.forecast_category or "-" }, "/"),
    on = on, owner = owner or crm.null, team = owner and owner.team or crm.null, stage = row.stage, expected = expected, forecast_category = row.forecast_category,
    deals = row.n, amount = row.amount, weighted = row.weighted, first_of_month = first,
  })
end

-- Open deals by the month they are expected in, and what this month has won so far. A day has one snapshot.
local function take()
  local on = crm.today()
  local month = on:sub(1, 8) .. "01"
  if crm.query("pipeline_snapshot"):where("on == ?", on):count() > 0 then return end
  local first = crm.query("pipeline_snapshot"):where("on >= ?", month):count() == 0
  local function part(where, expected, weighted)
    local rows = crm.query("deal"):where(where):group("owner", "stage", expected, "forecast_category"):measure("n", "count()"):measure("amount", "sum(amount)")
      :measure("weighted", weighted):rows()
    for _, row in ipairs(rows) do keep(row, on, row[expected], first) end
  end
  part("stage.kind == 'open'", "month(expected_on)", "sum(weighted)")
  part("stage.kind == 'won' and closed_on >= '" .. month .. "'", "month(closed_on)", "sum(amount)")
end
schedule("15 0 * * *", take)
after("pipeline.snapshot", take)
