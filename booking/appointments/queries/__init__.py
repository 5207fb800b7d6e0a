"""Named reads of visits: the patient's side in `patient`, the staff's in `board`."""
