const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The value of the letters of a ULID from this place on, as hexadecimal digits. */
function hexOfLetters(first: number, count: number, digits: number): string {
  const places = Array.from({ length: count }, (_, index) => first + index)
  const value = places.reduce(
    (sum, place) => `(${sum}) * 32 + strpos('${LETTERS}', substr(letters, ${place}, 1)) - 1`,
    '0',
  )
  return `lpad(to_hex(${value}), ${digits}, '0')`
}

const ULID_HEX = [
  hexOfLetters(1, 2, 2),
  ...[3, 7, 11, 15, 19, 23].map((first) => hexOfLetters(first, 4, 5)),
].join(' || ')

/**
 * What a stored text says of itself. Each of these is also kept in a column of its own, by which the text is
 * found; verification computes it again. A text that cannot be read says nothing.
 */
export const TELLING = `
    CREATE FUNCTION hub.key_of(id text) RETURNS uuid LANGUAGE plpgsql IMMUTABLE STRICT
    SET search_path = pg_catalog AS $$
    DECLARE
      letters text := upper(id);
    BEGIN
      IF length(id) <> 26 THEN RETURN id::uuid; END IF;
      RETURN (${ULID_HEX})::uuid;
    END $$;

    CREATE FUNCTION hub.told_by(body text, OUT event_id text, OUT key uuid, OUT event_type text,
      OUT project_uuid uuid) LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
    BEGIN
      SELECT j.event_id, hub.key_of(j.event_id), left(j.event_type, 200), j.project_uuid::uuid
      INTO event_id, key, event_type, project_uuid
      FROM json_to_record(body::json) AS j(event_id text, event_type text, project_uuid text);
    EXCEPTION WHEN data_exception OR numeric_value_out_of_range THEN
      event_id := NULL; key := NULL; event_type := NULL; project_uuid := NULL;
    END $$;

    CREATE FUNCTION hub.promised_by(answer text) RETURNS SETOF uuid LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog AS $$
    BEGIN
      RETURN QUERY SELECT hub.key_of(r.event_id)
      FROM json_to_recordset(answer::json -> 'results') AS r(event_id text, status text)
      WHERE r.status IN ('success', 'duplicate');
    EXCEPTION WHEN data_exception OR invalid_parameter_value THEN
      RETURN NEXT NULL;
    END $$;`
