-- On Mondays each owner learns what is missing in their records.
-- По понедельникам каждый узнаёт, чего не хватает в его записях.

local checks = {
  { "deal", "stage.kind == 'open' and expected_on == nil", { en = "open deals without an expected close", ru = "открытых сделок без даты закрытия" } },
  { "deal", "stage.kind == 'open' and expected_on < today()", { en = "open deals whose date has passed", ru = "открытых сделок с прошедшей датой" } },
  { "deal", "stage.kind == 'open' and next_activity_at == nil", { en = "open deals with nothing planned", ru = "открытых сделок без следующего дела" } },
  { "contact", "emails == nil and phones == nil", { en = "contacts without e-mail and phone", ru = "контактов без почты и телефона" } },
  { "organization", "industry == nil", { en = "organizations without an industry", ru = "организаций без отрасли" } },
}

schedule("0 8 * * 1", function()
  local owners, lines = {}, {}
  for _, check in ipairs(checks) do
    local rows = crm.query(check[1]):where(check[2]):where("owner.active"):group("owner"):measure("n", "count()"):rows()
    for _, row in ipairs(rows) do
      local owner = row.owner
      if not lines[owner.id] then
        lines[owner.id] = {}
        owners[#owners + 1] = owner
      end
      table.insert(lines[owner.id], row.n .. " " .. crm.t(check[3]))
    end
  end
  for _, owner in ipairs(owners) do
    if crm.once(owner.id, "week") then
      crm.notify(owner, { kind = "quality", text = table.concat(lines[owner.id], "; ") })
    end
  end
end)
