-- What is said of the gate comes from one look at it. A volatile function looks anew for each of its parts, and between two looks the flag may turn:
-- it then says that it is ready and closed at once, or closed and held by nothing. A stable one sees what the statement that asks it sees, and each
-- statement still sees what is so when it begins.
ALTER FUNCTION platform_ready() STABLE;
ALTER FUNCTION platform_ready_reason() STABLE;
ALTER FUNCTION signalbox_ready_json() STABLE;
ALTER FUNCTION signalbox_gate_json() STABLE;
