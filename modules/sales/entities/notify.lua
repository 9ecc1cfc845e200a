-- Who is given a deal or a lead by somebody else is told.

local function assigned(event)
  local record, actor = event.record, event.actor
  if record == nil or record.owner == nil or actor == nil or actor.id == record.owner.id then return end
  crm.notify(record.owner, { kind = "assigned", about = record, actor = actor })
end

after("deal.created", { when = "owner ~= nil and owner ~= created_by" }, assigned)
after("deal.owner.changed", { when = "owner ~= nil and owner ~= updated_by" }, assigned)
after("lead.created", { when = "owner ~= nil and owner ~= created_by" }, assigned)
after("lead.owner.changed", { when = "owner ~= nil and owner ~= updated_by" }, assigned)
