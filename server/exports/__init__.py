"""Taking a record along: a session, a patient, a clinic, as PDF, tables (CSV) and FHIR R4, in a room of their own."""
