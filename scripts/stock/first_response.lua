-- A lead that nobody has answered in time: its owner is told, after an hour more the manager, and a task is made.
-- Лид, которому не ответили вовремя: об этом узнаёт ответственный, ещё через час - руководитель, и ставится задача.

local waiting = "first_response_at == nil and stage.kind == 'open'"

schedule("lead.respond_by", { after = "0 minutes", when = waiting }, function(lead)
  if not lead.owner then return end
  crm.notify(lead.owner, { kind = "late", text = crm.t { en = "Nobody has answered this lead yet", ru = "Этому лиду ещё не ответили" } }, lead)
end)

schedule("lead.respond_by", { after = "1 hour", when = waiting }, function(lead)
  local owner = lead.owner
  crm.create("activity", {
    kind = "call", priority = "high", about = lead, due_at = crm.now(), owner = owner,
    subject = crm.t { en = "Answer the lead ", ru = "Ответить лиду " } .. lead.name,
  })
  if owner and owner.manager then
    crm.notify(owner.manager, { kind = "late", text = crm.t { en = "A lead waits for an hour too long", ru = "Лид ждёт лишний час" } }, lead)
  end
end)
