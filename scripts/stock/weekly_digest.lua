-- On Mondays: what the last week has brought, what is open and what is late, to each seller.
-- По понедельникам: что дала неделя, что открыто и что просрочено - каждому продавцу.

local function by_owner(entity, where, measure)
  local found = {}
  local rows = crm.query(entity):where(where):group("owner"):measure("n", measure):rows()
  for _, row in ipairs(rows) do
    if row.owner then found[row.owner.id] = row.n end
  end
  return found
end

schedule("0 9 * * 1", function()
  local won = by_owner("deal", "stage.kind == 'won' and closed_on >= week(today()) - 7 and closed_on < week(today())", "count()")
  local new = by_owner("lead", "day(created_at) >= week(today()) - 7 and day(created_at) < week(today())", "count()")
  local open = by_owner("deal", "stage.kind == 'open'", "count()")
  local late = by_owner("activity", "done_at == nil and status ~= 'cancelled' and due_at < now()", "count()")
  crm.query("user"):where("active and role.name == 'sales'"):sort("login"):each(function(user)
    local id = user.id
    if not crm.once(id, "week") then return end
    local text = crm.t { en = "Won: ", ru = "Выиграно: " } .. (won[id] or 0)
      .. crm.t { en = "; new leads: ", ru = "; новых лидов: " } .. (new[id] or 0)
      .. crm.t { en = "; open deals: ", ru = "; открытых сделок: " } .. (open[id] or 0)
      .. crm.t { en = "; late activities: ", ru = "; просроченных дел: " } .. (late[id] or 0)
    crm.notify(user, { kind = "digest", text = text })
  end)
end)
